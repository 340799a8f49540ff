import EventLoop

/// How the server comes to its end: a first signal lets it finish what is in flight, a second one,
/// or the end of its patience, does not.
package struct Drain {
  private enum State {
    case running
    case draining(until: Instant)
    case stopped
  }

  package enum SignalAction: Equatable {
    /// Tell every client, take nothing new, and wait.
    case beginDrain
    case stopNow
    case ignore
  }

  package enum ProgressAction: Equatable {
    case wait
    /// Everything is answered and sent.
    case stop
    /// Time is up with connections still open.
    case stopUnfinished
  }

  private let grace: Duration
  private var state = State.running

  package init(grace: Duration) { self.grace = grace }

  package var isDraining: Bool { if case .running = state { false } else { true } }

  package mutating func signalArrived(now: Instant) -> SignalAction {
    switch state {
    case .running:
      state = .draining(until: now.advanced(by: grace))
      return .beginDrain
    case .draining:
      state = .stopped
      return .stopNow
    case .stopped: return .ignore
    }
  }

  /// To be asked whenever a connection has closed, and now and then.
  package mutating func progress(now: Instant, openConnections: Int) -> ProgressAction {
    guard case .draining(let until) = state else { return .wait }
    if openConnections == 0 {
      state = .stopped
      return .stop
    }
    guard now >= until else { return .wait }
    state = .stopped
    return .stopUnfinished
  }
}
