/// Names a connection for good: when its place in the table is used again, the generation differs.
struct ConnectionID: Equatable {
  let index: Int32
  let generation: UInt32
}

/// The open connections, by place.
struct ConnectionTable {
  private var places: [Place] = []
  private var free: [Int32] = []
  private(set) var count = 0

  private struct Place {
    var connection: Connection?
    var generation: UInt32 = 0
  }

  /// Makes a connection that knows its id, and keeps it.
  mutating func insert(_ make: (ConnectionID) -> Connection) {
    let index = free.popLast() ?? Int32(places.count)
    if Int(index) == places.count { places.append(Place()) }
    let id = ConnectionID(index: index, generation: places[Int(index)].generation)
    places[Int(index)].connection = make(id)
    count += 1
  }

  mutating func remove(_ id: ConnectionID) {
    precondition(self[id] != nil, "a connection is removed once")
    places[Int(id.index)].connection = nil
    places[Int(id.index)].generation &+= 1
    free.append(id.index)
    count -= 1
  }

  /// Nil when that connection is gone, whoever has its place now.
  subscript(id: ConnectionID) -> Connection? {
    let place = places[Int(id.index)]
    return place.generation == id.generation ? place.connection : nil
  }

  /// Walks the places, of which some are free. Connections may come and go meanwhile: what `body`
  /// does must not be within an access to the table.
  var placeCount: Int { places.count }

  subscript(place index: Int) -> Connection? { places[index].connection }
}
