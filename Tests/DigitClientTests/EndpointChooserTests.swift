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

struct EndpointChooserTests {
  private var chance = SeededChance(state: 1)

  private mutating func choose(
    _ chooser: inout EndpointChooser, avoiding tried: Set<Int> = [], at now: Instant = at(0)
  ) -> Int {
    chooser.choose(avoiding: tried, now: now, using: &chance)
  }

  private mutating func eject(_ index: Int, _ chooser: inout EndpointChooser, at now: Instant) {
    let others = Set(0..<8).subtracting([index])
    for _ in 0..<5 {
      #expect(choose(&chooser, avoiding: others, at: now) == index)
      chooser.ended(index, .failed, now: now)
    }
  }

  @Test mutating func `of two endpoints the less busy one is chosen`() {
    var chooser = EndpointChooser(count: 2)
    for _ in 0..<100 { _ = choose(&chooser) }
    #expect(chooser.inFlight(0) == 50)
    #expect(chooser.inFlight(1) == 50)
  }

  @Test mutating func `of many, two choices keep the load even`() {
    var chooser = EndpointChooser(count: 8)
    for _ in 0..<8_000 { _ = choose(&chooser) }
    let loads = (0..<8).map { chooser.inFlight($0) }
    #expect(loads.reduce(0, +) == 8_000)
    // One choice would leave them some 100 apart.
    #expect(loads.max()! - loads.min()! < 20, "\(loads)")
  }

  @Test mutating func `what was tried is avoided until nothing else is left`() {
    var chooser = EndpointChooser(count: 3)
    for _ in 0..<20 { #expect(choose(&chooser, avoiding: [0, 2]) == 1) }
    #expect((0..<3).contains(choose(&chooser, avoiding: [0, 1, 2])))
  }

  @Test mutating func `five failures in a row eject an endpoint for a second`() {
    var chooser = EndpointChooser(count: 2)
    eject(0, &chooser, at: at(0))
    #expect(chooser.isEjected(0, now: at(999)))
    for _ in 0..<20 { #expect(choose(&chooser, at: at(999)) == 1) }
    #expect(!chooser.isEjected(0, now: at(1_000)))
    #expect(choose(&chooser, at: at(1_000)) == 0)
  }

  @Test mutating func `where all are ejected, the first to come back is asked`() {
    var chooser = EndpointChooser(count: 2)
    eject(1, &chooser, at: at(0))
    eject(0, &chooser, at: at(10))
    #expect(choose(&chooser, at: at(20)) == 1)
  }

  @Test mutating func `a broken connection is one failure, and the news of one`() {
    var chooser = EndpointChooser(count: 1)
    let news = (0..<64).map { _ in
      _ = choose(&chooser)
      return chooser.ended(0, .lostConnection(1), now: at(0))
    }
    #expect(news == [true] + Array(repeating: false, count: 63))
    #expect(!chooser.isEjected(0, now: at(0)))
    for number in 2...5 {
      _ = choose(&chooser)
      #expect(chooser.ended(0, .lostConnection(number), now: at(0)) == true)
    }
    #expect(chooser.isEjected(0, now: at(0)))
    #expect(chooser.inFlight(0) == 0)
  }
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
