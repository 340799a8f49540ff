import EventLoop

/// The log as connections use it: lines that peers cause are not more than a person would read.
package final class PeerLog {
  private let log: Log
  private var budget = LineBudget()

  package init(_ log: Log) { self.log = log }

  /// For developers, who ask for all of it.
  func debug(_ event: String, _ fields: @autoclosure () -> Log.Fields) {
    guard log.writes(.debug) else { return }
    log.debug(event, fields())
  }

  func info(_ event: String, now: Instant, _ fields: @autoclosure () -> Log.Fields) {
    guard case .write(let suppressed) = budget.take(now: now) else { return }
    if suppressed > 0 { log.info("peer log lines suppressed", ["count": suppressed]) }
    log.info(event, fields())
  }
}
