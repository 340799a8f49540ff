import Dispatch
import Foundation
import Synchronization

/// Whether someone pressed Ctrl-C (or sent SIGTERM). The first time only asks; the second ends the
/// program at once.
final class Interruption: Sendable {
  private let asked = Atomic<Bool>(false)

  var isAsked: Bool { asked.load(ordering: .relaxed) }

  /// Watches from now on, for as long as the program runs.
  func watch() {
    for number in [SIGINT, SIGTERM] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        if self.asked.exchange(true, ordering: .relaxed) { exit(1) }
        // Held by its own handler: there is nobody else to keep it.
        withExtendedLifetime(source) {}
      }
      source.resume()
    }
  }
}
