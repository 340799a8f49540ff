import EventLoop

/// The requests in flight on one connection, by their id.
///
/// Room for all of them is taken at the start. An id holds its place and how often that place has
/// been used, so that a second answer to the same request finds nobody.
///
///     id    | use of the place, from 1 | place |
///           63                        16      0
package struct RequestLedger {
  package struct Entry: Equatable {
    /// When it was meant to be sent: in a closed loop, when it was.
    package var intended: Instant
    /// When it was handed to the system.
    package var begun: Instant
    package var firstImage: Int
    package var part: LoadStages.Part

    package init(intended: Instant, begun: Instant, firstImage: Int, part: LoadStages.Part) {
      self.intended = intended
      self.begun = begun
      self.firstImage = firstImage
      self.part = part
    }
  }

  /// Whom an answer finds.
  package enum Match: Equatable {
    case request(Entry)
    /// One that was given up at its deadline.
    case timedOut
    /// One that has had its answer.
    case answered
    case nobody
  }

  private enum Occupant {
    case none
    case waiting(Entry)
    /// The server still owes an answer and counts the request as in flight, so the place stays
    /// taken.
    case givenUp
  }

  private struct Place {
    var use: UInt64 = 0
    var occupant = Occupant.none
  }

  private var places: [Place]
  private var free: [Int]
  private var givenUp = 0

  package static let capacityMax = 1 << 16

  package init(capacity: Int) {
    precondition((1...Self.capacityMax).contains(capacity))
    places = Array(repeating: Place(), count: capacity)
    free = Array((0..<capacity).reversed())
  }

  package var freeCount: Int { free.count }
  /// Requests whose end is not known.
  package var inFlight: Int { places.count - free.count - givenUp }

  /// - Precondition: a place is free.
  package mutating func begin(_ entry: Entry) -> UInt64 {
    let index = free.removeLast()
    places[index].use += 1
    places[index].occupant = .waiting(entry)
    return places[index].use << 16 | UInt64(index)
  }

  /// Ends the request of this id, if there is one.
  package mutating func end(_ id: UInt64) -> Match {
    let index = Int(id & 0xFFFF)
    let use = id >> 16
    guard index < places.count, use >= 1, use <= places[index].use else { return .nobody }
    guard places[index].use == use else { return .answered }
    switch places[index].occupant {
    case .none: return .answered
    case .waiting(let entry):
      release(index)
      return .request(entry)
    case .givenUp:
      givenUp -= 1
      release(index)
      return .timedOut
    }
  }

  private mutating func release(_ index: Int) {
    places[index].occupant = .none
    free.append(index)
  }

  /// Gives up every request that was sent before `moment`.
  package mutating func giveUp(sentBefore moment: Instant, _ each: (Entry) -> Void) {
    for index in places.indices {
      guard case .waiting(let entry) = places[index].occupant, entry.begun < moment else {
        continue
      }
      places[index].occupant = .givenUp
      givenUp += 1
      each(entry)
    }
  }

  /// Takes every request out: nobody will answer any more.
  /// - Returns: those whose end was not known.
  package mutating func endAll() -> [Entry] {
    var entries: [Entry] = []
    for index in places.indices {
      switch places[index].occupant {
      case .none: continue
      case .waiting(let entry): entries.append(entry)
      case .givenUp: break
      }
      release(index)
    }
    givenUp = 0
    return entries
  }
}
