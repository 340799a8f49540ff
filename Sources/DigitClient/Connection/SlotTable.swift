import DigitWire
import EventLoop

extension Pipeline {
  /// A request's id on the wire: its slot and one in the low half; the high half tells apart the
  /// requests that have used the slot. So an answer finds its request by index.
  package struct ID: Hashable, Sendable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package var slot: Int { Int(rawValue & 0xFFFF_FFFF) - 1 }
    var next: ID { ID(rawValue: rawValue &+ (1 << 32)) }
  }

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
    case free
    /// A prediction for which the server's limit has no room.
    case waiting(deadline: Instant?)
    case inFlight(Kind, deadline: Instant?)
    case abandoned(Kind)

    /// Nil where it has no caller, or one that waits for ever.
    var deadline: Instant? {
      switch self {
      case .waiting(let deadline), .inFlight(_, let deadline): deadline
      case .free, .abandoned: nil
      }
    }

    /// Nil where it was not sent.
    var kind: Kind? {
      switch self {
      case .inFlight(let kind, _), .abandoned(let kind): kind
      case .free, .waiting: nil
      }
    }

    var hasCaller: Bool {
      switch self {
      case .waiting, .inFlight: true
      case .free, .abandoned: false
      }
    }
  }

  /// The requests of a connection by id, in one array whose places are used again.
  struct SlotTable {
    private var slots: [(id: ID, state: RequestState)] = []
    private var freeSlots: [Int] = []

    var all: [(id: ID, state: RequestState)] { slots }

    /// `.free` for an id that is not, or no longer, in use.
    subscript(id: ID) -> RequestState {
      get {
        guard slots.indices.contains(id.slot), slots[id.slot].id == id else { return .free }
        return slots[id.slot].state
      }
      set {
        precondition(slots[id.slot].id == id)
        slots[id.slot].state = newValue
      }
    }

    mutating func take(_ state: RequestState) -> ID {
      if let slot = freeSlots.popLast() {
        slots[slot].state = state
        return slots[slot].id
      }
      let id = ID(rawValue: UInt64(slots.count) + 1)
      slots.append((id, state))
      return id
    }

    mutating func release(_ id: ID) {
      precondition(slots[id.slot].id == id)
      slots[id.slot] = (id.next, .free)
      freeSlots.append(id.slot)
    }
  }
}
