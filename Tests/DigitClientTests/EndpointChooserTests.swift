import DigitClient
import EventLoop
import Testing

/// SplitMix64 (Steele, Lea and Flood 2014): chance that comes again.
private struct SeededChance: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}

private func at(_ milliseconds: UInt64) -> Instant {
  Instant(nanoseconds: milliseconds * 1_000_000)
}

private func address(_ number: Int) -> SocketAddress {
  .internet(host: "10.0.0.\(number)", port: 7_311)
}

struct EndpointChooserTests {
  private var chance = SeededChance(state: 1)
  private var chooser = EndpointChooser()

  /// - Returns: the endpoints that are new, in the order of their numbers.
  @discardableResult
  private mutating func resolve(
    _ numbers: [Int], local: Set<Int> = [], origin: Int = 0
  ) -> [EndpointChooser.ID] {
    let places = numbers.map {
      EndpointChooser.Place(address($0), isLocal: local.contains($0))
    }
    return chooser.resolved(origin, to: places).come.map(\.id)
  }

  private mutating func choose(
    avoiding tried: Set<EndpointChooser.ID> = [], at now: Instant = at(0)
  ) -> EndpointChooser.ID? {
    chooser.choose(avoiding: tried, now: now, using: &chance)
  }

  private mutating func eject(
    _ id: EndpointChooser.ID, of all: [EndpointChooser.ID], at now: Instant
  ) {
    for _ in 0..<5 {
      #expect(choose(avoiding: Set(all).subtracting([id]), at: now) == id)
      chooser.ended(id, .failed, now: now)
    }
  }

  @Test mutating func `without endpoints nothing is chosen`() {
    #expect(choose() == nil)
    resolve([1])
    #expect(choose() != nil)
  }

  @Test mutating func `of two endpoints the less busy one is chosen`() {
    let ids = resolve([1, 2])
    for _ in 0..<100 { _ = choose() }
    #expect(ids.map { chooser.inFlight($0) } == [50, 50])
  }

  @Test mutating func `of many, two choices keep the load even`() {
    let ids = resolve(Array(1...8))
    for _ in 0..<8_000 { _ = choose() }
    let loads = ids.map { chooser.inFlight($0) }
    #expect(loads.reduce(0, +) == 8_000)
    // One choice would leave them some 100 apart.
    #expect(loads.max()! - loads.min()! < 20, "\(loads)")
  }

  @Test mutating func `what was tried is avoided until nothing else is left`() throws {
    let ids = resolve([1, 2, 3])
    for _ in 0..<20 { #expect(choose(avoiding: [ids[0], ids[2]]) == ids[1]) }
    #expect(chooser.hasOthers(than: [ids[0], ids[2]]))
    #expect(!chooser.hasOthers(than: Set(ids)))
    #expect(ids.contains(try #require(choose(avoiding: Set(ids)))))
  }

  @Test mutating func `five failures in a row eject an endpoint for a second`() {
    let ids = resolve([1, 2])
    eject(ids[0], of: ids, at: at(0))
    #expect(chooser.isEjected(ids[0], now: at(999)))
    for _ in 0..<20 { #expect(choose(at: at(999)) == ids[1]) }
    #expect(!chooser.isEjected(ids[0], now: at(1_000)))
    #expect(choose(at: at(1_000)) == ids[0])
  }

  @Test mutating func `where all are ejected, the first to come back is asked`() {
    let ids = resolve([1, 2], local: [1])
    eject(ids[1], of: ids, at: at(0))
    eject(ids[0], of: ids, at: at(10))
    #expect(choose(at: at(20)) == ids[1])
  }

  @Test mutating func `a broken connection is one failure, and the news of one`() throws {
    let id = resolve([1])[0]
    let news = (0..<64).map { _ in
      _ = choose()
      return chooser.ended(id, .lostConnection(1), now: at(0)).isNews
    }
    #expect(news == [true] + Array(repeating: false, count: 63))
    #expect(!chooser.isEjected(id, now: at(0)))
    for number in 2...5 {
      _ = choose()
      #expect(chooser.ended(id, .lostConnection(number), now: at(0)).isNews == true)
    }
    #expect(chooser.isEjected(id, now: at(0)))
    #expect(chooser.inFlight(id) == 0)
  }

  // MARK: Coming and going

  @Test mutating func `endpoints that come are asked, and those that go are not`() {
    let old = resolve([1, 2])
    let change = chooser.resolved(0, to: [2, 3, 4].map { EndpointChooser.Place(address($0)) })
    #expect(change.gone == [old[0]])
    #expect(change.come.map(\.address) == [address(3), address(4)])
    for _ in 0..<300 { _ = choose() }
    #expect(chooser.inFlight(old[0]) == 0)
    #expect(([old[1]] + change.come.map(\.id)).allSatisfy { chooser.inFlight($0) > 90 })
  }

  @Test mutating func `one that goes finishes what it has, gets nothing new, and is gone`() {
    let old = resolve([1])[0]
    for _ in 0..<3 { #expect(choose() == old) }
    let change = chooser.resolved(0, to: [EndpointChooser.Place(address(2))])
    #expect(change.gone == [])
    for _ in 0..<20 { #expect(choose(avoiding: change.come.map(\.id).asSet) != old) }
    #expect(!chooser.hasOthers(than: change.come.map(\.id).asSet))
    let ends = [EndpointChooser.Ending.answered, .inconclusive, .lostConnection(1)].map {
      chooser.ended(old, $0, now: at(1)).isGone
    }
    #expect(ends == [false, false, true])
    #expect(chooser.inFlight(old) == 0)
  }

  @Test mutating func `one that comes back while it finishes is the same one`() {
    let id = resolve([1])[0]
    _ = choose()
    #expect(resolve([2]).count == 1)
    #expect(resolve([1, 2]) == [])
    #expect(chooser.ended(id, .answered, now: at(1)).isGone == false)
    for _ in 0..<50 { _ = choose() }
    #expect(chooser.inFlight(id) == 25)
  }

  @Test mutating func `what is known of an endpoint that stays is kept`() {
    let ids = resolve([1, 2])
    eject(ids[0], of: ids, at: at(0))
    #expect(resolve([2, 1, 1]) == [])
    #expect(chooser.isEjected(ids[0], now: at(500)))
    // One that went and came back is another.
    resolve([2])
    let anew = resolve([1, 2])
    #expect(anew.count == 1 && anew != [ids[0]])
    #expect(!chooser.isEjected(anew[0], now: at(500)))
  }

  @Test mutating func `an address of two names is two endpoints, which go by themselves`() {
    let (one, other) = (resolve([1], origin: 0)[0], resolve([1], origin: 1)[0])
    #expect(one != other)
    #expect(chooser.resolved(1, to: [EndpointChooser.Place(address(2))]).gone == [other])
    #expect(chooser.hasEndpoints(of: 0))
    #expect(!chooser.hasEndpoints(of: 2))
  }

  @Test mutating func `a name stands for no more endpoints than there may be`() {
    let places = (0..<2_000).map {
      EndpointChooser.Place(.internet(host: "h\($0)", port: 1))
    }
    #expect(
      chooser.resolved(0, to: places).come.count == EndpointChooser.endpointsPerNameMax)
  }

  // MARK: Local ones

  @Test mutating func `local endpoints are asked, and share what there is`() {
    let ids = resolve([1, 2, 3, 4], local: [1, 2])
    for _ in 0..<1_000 {
      let (first, second) = (choose()!, choose()!)
      #expect(Set([first, second]) == Set(ids[..<2]))
      for id in [first, second] { chooser.ended(id, .answered, now: at(0)) }
    }
  }

  @Test mutating func `others are asked where the local ones are much busier`() {
    let ids = resolve([1, 2, 3], local: [1])
    // Up to four in flight are no reason to go far; beyond, it may have twice as many as others.
    for _ in 0..<5 { #expect(choose() == ids[0]) }
    #expect(choose() != ids[0])
    for _ in 0..<394 { _ = choose() }
    let loads = ids.map { chooser.inFlight($0) }
    #expect(loads.reduce(0, +) == 400)
    #expect((196...210).contains(loads[0]), "\(loads)")
    #expect(abs(loads[1] - loads[2]) <= 2, "\(loads)")
  }

  @Test mutating func `others are asked while the local ones are ejected or were tried`() {
    let ids = resolve([1, 2], local: [1])
    #expect(choose(avoiding: [ids[0]]) == ids[1])
    chooser.ended(ids[1], .answered, now: at(0))
    eject(ids[0], of: ids, at: at(0))
    for _ in 0..<20 { #expect(choose(at: at(999)) == ids[1]) }
    #expect(choose(at: at(1_000)) == ids[0])
  }

  @Test func `local is what lies in a network or was named`() throws {
    let locality = try Locality(["10.0.0.0/30", "zone-a:7311"])
    let name = SocketAddress.internet(host: "all", port: 7_311)
    let zone = SocketAddress.internet(host: "zone-a", port: 7_311)
    #expect(
      [1, 3, 4].map { locality.place(address($0), of: name).isLocal } == [true, true, false])
    #expect(locality.place(address(4), of: zone).isLocal)
    #expect(!(try Locality([]).place(address(1), of: name).isLocal))
    #expect(throws: DigitClientError.invalidNetwork("10.0.0.0/33")) {
      try Locality(["10.0.0.0/33"])
    }
  }
}

extension [EndpointChooser.ID] {
  fileprivate var asSet: Set<Element> { Set(self) }
}

struct EjectionTests {
  private var ejection = Ejection()

  @Test mutating func `a success in between begins the count anew`() {
    for _ in 0..<4 { ejection.failed(now: at(0)) }
    ejection.succeeded()
    for _ in 0..<4 { ejection.failed(now: at(0)) }
    #expect(!ejection.isEjected(now: at(0)))
    ejection.failed(now: at(0))
    #expect(ejection.isEjected(now: at(0)))
  }

  @Test mutating func `after an ejection one failure is enough, and the time doubles to a limit`() {
    for _ in 0..<5 { ejection.failed(now: at(0)) }
    var now = at(1_000)
    for seconds in [2, 4, 8, 16, 30, 30] as [UInt64] {
      ejection.failed(now: now)
      let end = now.advanced(byMicroseconds: seconds * 1_000_000)
      #expect(ejection.until == end)
      now = end
    }
    ejection.succeeded()
    #expect(ejection == Ejection())
  }

  @Test mutating func `failures of what was under way do not lengthen an ejection`() {
    for _ in 0..<5 { ejection.failed(now: at(0)) }
    let before = ejection
    for _ in 0..<50 { ejection.failed(now: at(500)) }
    #expect(ejection == before)
  }
}
