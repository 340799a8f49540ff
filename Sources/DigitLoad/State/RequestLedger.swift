import EventLoop
import Slots

/// The requests in flight on one connection, by their id.
///
/// Memory for all of them is taken at the start. An id holds its slot and how often that slot has
/// been used, so that a second answer to the same request finds nobody.
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
    case waiting(Entry)
    /// The server still owes an answer and counts the request as in flight, so the slot stays
    /// taken.
    case givenUp
  }

  private var requests: SlotMap<Occupant>
  private var givenUpCount = 0

  package init(capacity: Int) {
    precondition(capacity >= 1)
    requests = SlotMap(capacity: capacity)
  }

  package var freeCount: Int { requests.freeCount }
  /// Requests whose answer has not come, those given up among them.
  package var owedCount: Int { requests.count }
  /// Requests whose end is not known.
  package var inFlight: Int { requests.count - givenUpCount }

  /// - Precondition: a slot is free.
  package mutating func begin(_ entry: Entry) -> UInt64 {
    precondition(requests.freeCount > 0, "a request is begun where a slot is free")
    return requests.insert { _ in .waiting(entry) }.rawValue
  }

  /// Ends the request of this id, if there is one.
  package mutating func end(_ id: UInt64) -> Match {
    guard let slot = SlotID(rawValue: id) else { return .nobody }
    guard requests.holds(slot) else { return requests.hasHeld(slot) ? .answered : .nobody }
    switch requests.remove(slot) {
    case .waiting(let entry): return .request(entry)
    case .givenUp:
      givenUpCount -= 1
      return .timedOut
    }
  }

  /// Gives up every request that was sent before `moment`.
  package mutating func giveUp(sentBefore moment: Instant, _ each: (Entry) -> Void) {
    for slot in 0..<requests.slotCount {
      guard let (id, occupant) = requests.entry(slot: slot), case .waiting(let entry) = occupant,
        entry.begun < moment
      else { continue }
      requests[id] = .givenUp
      givenUpCount += 1
      each(entry)
    }
  }

  /// Takes every request out: nobody will answer any more.
  /// - Returns: those whose end was not known.
  package mutating func endAll() -> [Entry] {
    var entries: [Entry] = []
    for slot in 0..<requests.slotCount {
      guard let (id, occupant) = requests.entry(slot: slot) else { continue }
      if case .waiting(let entry) = occupant { entries.append(entry) }
      requests.remove(id)
    }
    givenUpCount = 0
    return entries
  }

  /// Stops the program where the ledger contradicts itself; for tests.
  package func checkInvariants() {
    requests.checkInvariants()
    let givenUp = (0..<requests.slotCount).count { slot in
      if case .givenUp? = requests.entry(slot: slot)?.value { true } else { false }
    }
    precondition(givenUp == givenUpCount, "\(givenUp) requests are given up, not \(givenUpCount)")
  }
}
