import DigitWire
import EventLoop
import Slots

/// What one connection owes its callers: which requests wait, which are in flight, and what comes
/// of each event. Every request leaves exactly once.
///
///     submit ─► waiting ─► in flight ─► answered: delivered
///                  │           │
///                  │           └─ cancelled, late ─► abandoned ─► answered: dropped
///                  └─ cancelled, late, GOAWAY, end: never sent
///
/// An abandoned request has left its caller, but keeps its id and counts towards the server's
/// limit until its answer has come.
package struct Pipeline {
  /// Messages that answered no request, in all.
  package private(set) var strayCount = 0
  /// The same since the last answer to a request.
  private var straysInARow = 0
  /// A server that sends so many of them in a row is given up.
  package static let straysInARowMax = 1_024

  private var phase = Phase.serving
  let requestsInFlightMax: Int
  private let waitingMax: Int
  private(set) var slots = SlotMap<RequestState>()
  private(set) var waiting = FIFO<ID>()
  private(set) var healthQueue = FIFO<ID>()
  /// On the wire and not answered, abandoned ones too.
  private(set) var unansweredCount = 0
  private(set) var predictionsInFlight = 0
  /// No deadline lies before this; nil where none is known.
  package private(set) var nextDeadline: Instant?

  private enum Phase: Equatable {
    case serving
    case leaving(GoAway.Reason)
    case ended(End)
  }

  /// Why a connection is over.
  package enum End: Equatable {
    case lost(reason: String)
    case left(GoAway.Reason)
    case closed
  }

  /// A pipeline whose server has said WELCOME.
  package init(requestsInFlightMax: Int, waitingMax: Int) {
    self.requestsInFlightMax = requestsInFlightMax
    self.waitingMax = waitingMax
  }
}

// MARK: - Requests

extension Pipeline {
  package enum Submission: Equatable {
    /// It waits; `nextToSend` gives it out when there is room.
    case wait(ID)
    case send(ID)
    case refuse(DigitClientError)
  }

  package mutating func submit(_ kind: Kind, deadline: Instant?) -> Submission {
    switch (phase, kind) {
    case (.ended(let end), _): return .refuse(end.error(wasSent: false))
    case (.leaving(let reason), .prediction): return .refuse(.serverLeaving(reason))
    case (.serving, _), (.leaving, .control), (.leaving, .health): break
    }
    if kind == .prediction {
      let room = requestsInFlightMax - predictionsInFlight
      guard waiting.count < waitingMax + room else {
        return .refuse(.tooManyWaiting(limit: waitingMax))
      }
      let id = slots.insert { _ in .waiting(deadline: deadline) }
      waiting.append(id)
      note(deadline)
      return .wait(id)
    }
    guard unansweredCount - predictionsInFlight < waitingMax else {
      return .refuse(.tooManyWaiting(limit: waitingMax))
    }
    let id = slots.insert { _ in .inFlight(kind, deadline: deadline) }
    if case .health = kind { healthQueue.append(id) }
    unansweredCount += 1
    note(deadline)
    return .send(id)
  }

  /// The next waiting prediction, if the server's limit has room for one; it is then in flight.
  package mutating func nextToSend() -> ID? {
    guard predictionsInFlight < requestsInFlightMax, let id = waiting.popFirst() else {
      return nil
    }
    slots[id] = .inFlight(.prediction, deadline: slots[id]?.deadline)
    predictionsInFlight += 1
    unansweredCount += 1
    return id
  }

  package enum Cancellation: Equatable {
    /// Its caller is told; where it is a prediction in flight, the server too.
    case finish(sendCancel: Bool)
    /// It has been answered.
    case tooLate
  }

  package mutating func cancel(_ id: ID) -> Cancellation {
    switch slots[id] {
    case nil, .abandoned?: return .tooLate
    case .waiting?:
      waiting.removeAll { $0 == id }
      slots.remove(id)
      return .finish(sendCancel: false)
    case .inFlight(let kind, _)?:
      slots[id] = .abandoned(kind)
      return .finish(sendCancel: kind == .prediction)
    }
  }
}

// MARK: - The server's messages

extension Pipeline {
  package enum Arrival: Equatable {
    case deliver(ID)
    /// Its caller has left.
    case drop
    /// No request has this id.
    case ignore
  }

  package mutating func answerArrived(_ rawID: UInt64) -> Arrival {
    guard let id = ID(rawValue: rawID), let state = slots[id], let kind = state.kind, kind.hasID
    else {
      strayArrived()
      return .ignore
    }
    answered(id, kind)
    return state.hasCaller ? .deliver(id) : .drop
  }

  package mutating func healthArrived(_ probe: HealthProbe) -> Arrival {
    guard let id = healthQueue.popFirst(where: { [slots] in slots[$0]?.kind == .health(probe) })
    else {
      strayArrived()
      return .ignore
    }
    let isAbandoned = slots[id] == .abandoned(.health(probe))
    answered(id, .health(probe))
    return isAbandoned ? .drop : .deliver(id)
  }

  /// Returns the waiting requests, which now are not sent and fail with `serverLeaving`.
  package mutating func goAwayArrived(_ reason: GoAway.Reason) -> [ID] {
    guard case .serving = phase else { return [] }
    phase = .leaving(reason)
    let unsent = Array(waiting.waiting)
    waiting.removeAll { _ in true }
    for id in unsent { slots.remove(id) }
    return unsent
  }

  /// A message that answers nothing, and of which nothing comes.
  package mutating func strayArrived() {
    strayCount += 1
    straysInARow += 1
  }

  /// The reason to close: the server wants to go and owes nothing, or it sends nothing but
  /// messages that nobody waits for.
  package var ending: End? {
    if straysInARow > Self.straysInARowMax {
      return .lost(
        reason: "expected answers to the requests in flight, "
          + "got \(straysInARow) messages that answer none of them")
    }
    guard case .leaving(let reason) = phase, unansweredCount == 0 else { return nil }
    return .left(reason)
  }
}

// MARK: - Time and the end

extension Pipeline {
  /// A request that leaves without an answer.
  package struct Unfinished: Equatable {
    package let id: ID
    package let wasSent: Bool

    package init(id: ID, wasSent: Bool) {
      self.id = id
      self.wasSent = wasSent
    }
  }

  /// Takes out the requests whose deadline has come; those that were sent are abandoned, and the
  /// server may be told.
  package mutating func expire(now: Instant) -> [Unfinished] {
    guard let earliest = nextDeadline, earliest <= now else { return [] }
    nextDeadline = nil
    var expired: [Unfinished] = []
    for (id, state) in all {
      guard let deadline = state.deadline else { continue }
      if deadline <= now {
        expired.append(Unfinished(id: id, wasSent: state.kind != nil))
      } else {
        note(deadline)
      }
    }
    waiting.removeAll { [slots] in slots[$0]?.deadline.map { $0 <= now } ?? false }
    for request in expired {
      if let kind = slots[request.id]?.kind {
        slots[request.id] = .abandoned(kind)
      } else {
        slots.remove(request.id)
      }
    }
    return expired
  }

  /// The connection is over. Returns every request that has a caller.
  package mutating func end(_ end: End) -> [Unfinished] {
    if case .ended = phase { return [] }
    phase = .ended(end)
    let unfinished = all.filter { $0.state.hasCaller }
      .map { Unfinished(id: $0.id, wasSent: $0.state.kind != nil) }
    slots = SlotMap()
    waiting.removeAll { _ in true }
    healthQueue.removeAll { _ in true }
    (unansweredCount, predictionsInFlight) = (0, 0)
    nextDeadline = nil
    return unfinished
  }
}

extension Pipeline.End {
  /// What a request fails with.
  package func error(wasSent: Bool) -> DigitClientError {
    switch self {
    case .lost(let reason):
      .connectionLost(processed: wasSent ? .unknown : .no, reason: reason)
    case .left(let reason): .serverLeaving(reason)
    case .closed: .closed
    }
  }
}

extension Pipeline {
  private mutating func answered(_ id: ID, _ kind: Kind) {
    straysInARow = 0
    unansweredCount -= 1
    if kind == .prediction { predictionsInFlight -= 1 }
    slots.remove(id)
  }

  private mutating func note(_ deadline: Instant?) {
    guard let deadline else { return }
    nextDeadline = min(deadline, nextDeadline ?? deadline)
  }
}
