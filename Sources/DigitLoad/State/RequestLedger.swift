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
    package var begun: Instant
    package var firstImage: Int
    package var part: LoadStages.Part

    package init(begun: Instant, firstImage: Int, part: LoadStages.Part) {
      self.begun = begun
      self.firstImage = firstImage
      self.part = part
    }
  }

  private struct Place {
    var use: UInt64 = 0
    var entry: Entry?
  }

  private var places: [Place]
  private var free: [Int]

  package static let capacityMax = 1 << 16

  package init(capacity: Int) {
    precondition((1...Self.capacityMax).contains(capacity))
    places = Array(repeating: Place(), count: capacity)
    free = Array((0..<capacity).reversed())
  }

  package var freeCount: Int { free.count }
  package var inFlight: Int { places.count - free.count }

  /// - Precondition: a place is free.
  package mutating func begin(_ entry: Entry) -> UInt64 {
    let index = free.removeLast()
    places[index].use += 1
    places[index].entry = entry
    return places[index].use << 16 | UInt64(index)
  }

  /// Takes a request out; nil where no request in flight has this id.
  package mutating func end(_ id: UInt64) -> Entry? {
    let index = Int(id & 0xFFFF)
    guard index < places.count, places[index].use == id >> 16,
      let entry = places[index].entry
    else { return nil }
    places[index].entry = nil
    free.append(index)
    return entry
  }

  /// Takes every request out: nobody will answer any more.
  package mutating func endAll() -> [Entry] {
    let entries = places.compactMap(\.entry)
    for index in places.indices where places[index].entry != nil {
      places[index].entry = nil
      free.append(index)
    }
    return entries
  }
}
