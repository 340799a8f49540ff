import EventLoop
import Testing

struct ReadTimeTests {
  /// Streams that always have something to be read, each of which takes a fourth of a turn's time.
  private struct Streams {
    var time = ReadTime()
    var lastRounds: [UInt64]
    var now: UInt64 = 0
    var clockCount = 0

    init(_ count: Int) { lastRounds = Array(repeating: 0, count: count) }

    /// - Returns: those that were read.
    mutating func turn(_ turn: UInt64, cost: UInt64 = Loop.readNanoseconds / 4) -> [Int] {
      var read: [Int] = []
      for stream in lastRounds.indices {
        let mayRead = time.mayRead(&lastRounds[stream], turn: turn) {
          clockCount += 1
          return Instant(nanoseconds: now)
        }
        if mayRead {
          read.append(stream)
          now += cost
        }
      }
      return read
    }
  }

  @Test func `a turn with few reads does not ask the clock`() {
    var streams = Streams(3)
    for turn in UInt64(1)...100 { #expect(streams.turn(turn) == [0, 1, 2]) }
    #expect(streams.clockCount == 0)
  }

  @Test func `reads that are short enough are all of one turn`() {
    var streams = Streams(100)
    for turn in UInt64(1)...10 {
      #expect(streams.turn(turn, cost: Loop.readNanoseconds / 1_000).count == 100)
    }
  }

  @Test func `when time is over nobody is read again before all others have been`() {
    var streams = Streams(20)
    var readCounts = Array(repeating: 0, count: 20)
    for turn in UInt64(1)...100 {
      let read = streams.turn(turn)
      // It looks at every fourth.
      #expect((1...8).contains(read.count))
      for stream in read { readCounts[stream] += 1 }
      #expect(readCounts.max()! - readCounts.min()! <= 1)
    }
    #expect(readCounts.min()! > 10)
  }

  @Test func `streams that keep coming do not keep those out that have been read`() {
    var streams = Streams(4)
    var readCounts = [0, 0, 0, 0]
    for turn in UInt64(1)...100 {
      // Eight are new in each turn, and end with it.
      let arrived = Array(repeating: streams.time.round, count: 8)
      streams.lastRounds.insert(contentsOf: arrived, at: 0)
      for stream in streams.turn(turn) where stream >= 8 { readCounts[stream - 8] += 1 }
      streams.lastRounds.removeFirst(8)
    }
    #expect(readCounts.min()! >= 20, "\(readCounts)")
  }

  @Test func `reading is short while somebody waits for it`() {
    var streams = Streams(20)
    #expect(!streams.time.isShort)
    _ = streams.turn(1)
    #expect(streams.time.isShort)
    _ = streams.turn(2, cost: 0)
    #expect(streams.time.isShort, "a round of the turn before")
    _ = streams.turn(3, cost: 0)
    #expect(!streams.time.isShort)
  }
}
