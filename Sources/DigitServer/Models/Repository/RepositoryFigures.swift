import Glibc
import Synchronization

/// What has come of reloads: the repository writes, whoever is asked for figures reads.
package final class RepositoryFigures: Sendable {
  let reloadsChanged = Counter()
  let reloadsUnchanged = Counter()
  let reloadsRefused = Counter()
  /// When the last one ended, in seconds since 1970; 0 before the first.
  let lastReload = Counter()
  let modelsServed = Counter()
  /// Files and aliases that are not served as they lie there.
  let refusals = Counter()

  package init() {}

  /// On the repository's thread.
  func record(_ report: RepositoryReport) {
    switch report.outcome {
    case .changed: reloadsChanged.add()
    case .unchanged: reloadsUnchanged.add()
    case .refused: reloadsRefused.add()
    }
    refusals.set(report.refusals.count)
    lastReload.set(time(nil))
  }
}
