/// What a listener does after each accept of one turn of its loop.
///
/// Where no descriptor is left, a waiting connection is accepted with one kept in reserve and
/// closed at once: its client hears of it now and may go elsewhere, rather than wait for a
/// descriptor that may never come. Where that fails too, for another thread may have taken the
/// reserve, accepting pauses: the loop neither spins nor stays deaf.
package struct AcceptTurn {
  private var remaining: Int

  /// Connections taken in one turn, so that a flood of them leaves time for those that are open:
  /// each may have brought bytes that are read, parsed and refused in the turn after.
  package static let acceptCountMax = 8

  package enum Result: Equatable, Sendable {
    case accepted
    case nobodyWaits
    /// The connection broke before it was accepted, or a signal came: the next may be well.
    case passedOver
    /// This process or the system has no descriptor left; the connection still waits.
    case noDescriptor
    /// The system lacks memory or has an error of its own; the connection may still wait.
    case failed
  }

  package enum Action: Equatable, Sendable {
    case accept
    /// Accepts with the reserve's descriptor and closes at once.
    case cut
    /// Stops listening for a while.
    case pause
    /// Waits for the next turn or connection.
    case wait
  }

  /// - Parameter isReadTimeShort: the loop does not get round to all that its connections send;
  ///   one is taken in a turn then, or a flood of new ones would leave ever less to each.
  package init(isReadTimeShort: Bool = false) {
    remaining = isReadTimeShort ? 1 : Self.acceptCountMax
  }

  /// - Parameter action: what `result` came of: `.accept` or `.cut`.
  package mutating func next(after action: Action, _ result: Result) -> Action {
    switch result {
    case .nobodyWaits: return .wait
    case .failed: return .pause
    case .noDescriptor: return action == .cut ? .pause : .cut
    case .accepted, .passedOver:
      remaining -= 1
      return remaining > 0 ? .accept : .wait
    }
  }
}
