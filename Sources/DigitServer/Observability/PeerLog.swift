import EventLoop

/// A connection as log lines name it.
package struct ConnectionLabel: Sendable {
  /// Of its slot: those that are open at one time on one loop have different ones. Nil for one that
  /// is refused before it has one.
  let number: Int32?
  let peer: PeerOrigin

  var fields: [LogLine.Field] {
    let origin: LogLine.Field = ("peer", peer)
    guard let number else { return [origin] }
    return [("connection", number), origin]
  }
}

/// The log as connections use it: every line names the connection and its peer, and lines that
/// peers cause are not more than a person would read.
package final class PeerLog {
  private let log: Log
  private var budget = LineBudget()

  package init(_ log: Log) { self.log = log }

  /// For developers, who ask for all of it.
  func debug(
    _ event: String, about connection: ConnectionLabel, _ fields: @autoclosure () -> Log.Fields
  ) {
    guard log.writes(.debug) else { return }
    log.write(.debug, event, connection.fields + Array(fields()))
  }

  func info(
    _ event: String, about connection: ConnectionLabel, now: Instant,
    _ fields: @autoclosure () -> Log.Fields
  ) {
    guard case .write(let suppressed) = budget.take(now: now) else { return }
    if suppressed > 0 { log.info("peer log lines suppressed", ["count": suppressed]) }
    log.write(.info, event, connection.fields + Array(fields()))
  }
}
