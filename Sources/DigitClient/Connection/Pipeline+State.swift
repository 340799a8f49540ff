import DigitWire
import EventLoop
import Slots

extension Pipeline {
  /// A request's id on the wire; the answer finds its request by index.
  package typealias ID = SlotID

  package enum Kind: Equatable {
    /// Counts towards the server's limit in flight.
    case prediction
    case control
    /// Has no id on the wire: answers come in the order of the questions.
    case health(HealthProbe)

    var hasID: Bool {
      switch self {
      case .prediction, .control: true
      case .health: false
      }
    }
  }

  enum RequestState: Equatable {
    /// A prediction for which the server's limit has no room.
    case waiting(deadline: Instant?)
    case inFlight(Kind, deadline: Instant?)
    case abandoned(Kind)

    /// Nil where it has no caller, or one that waits forever.
    var deadline: Instant? {
      switch self {
      case .waiting(let deadline), .inFlight(_, let deadline): deadline
      case .abandoned: nil
      }
    }

    /// Nil where it was not sent.
    var kind: Kind? {
      switch self {
      case .inFlight(let kind, _), .abandoned(let kind): kind
      case .waiting: nil
      }
    }

    var hasCaller: Bool {
      switch self {
      case .waiting, .inFlight: true
      case .abandoned: false
      }
    }
  }

  /// Every request that has not been answered, by slot.
  var all: some Sequence<(id: ID, state: RequestState)> {
    (0..<slots.slotCount).lazy.compactMap { [slots] in
      slots.entry(slot: $0).map { (id: $0.id, state: $0.value) }
    }
  }

  /// Stops the program where the pipeline contradicts itself; for tests.
  package func checkInvariants() {
    slots.checkInvariants()
    let kinds = all.compactMap(\.state.kind)
    precondition(kinds.count == unansweredCount, "requests on the wire are counted wrongly")
    let predictions = kinds.count { $0 == .prediction }
    precondition(predictions == predictionsInFlight, "predictions in flight are counted wrongly")
    precondition(predictions <= requestsInFlightMax, "the server's limit is exceeded")
    let waits = all.filter { $0.state.kind == nil }.map(\.id)
    precondition(Set(waits) == Set(waiting.waiting), "a waiting request is not in the queue")
    let probes = all.filter { $0.state.kind?.hasID == false }.map(\.id)
    precondition(Set(probes) == Set(healthQueue.waiting), "a probe is not in its queue")
    for deadline in all.compactMap(\.state.deadline) {
      precondition(nextDeadline.map { $0 <= deadline } ?? false, "a deadline is not watched")
    }
  }
}
