/// What reading takes of a turn, and who is read when that is not enough for all.
///
/// Reading goes in rounds, of one turn each where there is time for all that have sent something.
/// A round that was too long for its turn goes on in the next, with those that were not read yet:
/// libuv tells of streams in the same order each time, and the last would never be read.
///
/// The clock is asked seldom: most turns have few reads, and the fewer the less each costs.
package struct ReadTime {
  private var turn: UInt64 = 0
  private var readCount: UInt32 = 0
  private var state = State.young
  /// The one that is under way. A stream that is new counts as read in it: those that keep coming
  /// would make it endless.
  package private(set) var round: UInt64 = 1
  private var isRoundOfEarlierTurn = false

  private enum State {
    case young
    case counting(since: Instant)
    /// Somebody was refused.
    case over
  }

  private static let readsPerLook: UInt32 = 4

  package init() {}

  /// - Parameter lastRound: the one in which the stream was last read; changed where it may be now.
  package mutating func mayRead(
    _ lastRound: inout UInt64, turn: UInt64, now: () -> Instant
  ) -> Bool {
    if self.turn != turn { begin(turn) }
    guard !isRoundOfEarlierTurn || lastRound != round, hasTime(now) else { return false }
    lastRound = round
    return true
  }

  /// Whether reading took all its time when something was last to be read: whoever is taken on now
  /// makes the rounds longer for those that are there.
  package var isShort: Bool { isOver || isRoundOfEarlierTurn }

  private mutating func begin(_ turn: UInt64) {
    self.turn = turn
    isRoundOfEarlierTurn = isOver
    if !isOver { round &+= 1 }
    readCount = 0
    state = .young
  }

  private mutating func hasTime(_ now: () -> Instant) -> Bool {
    readCount &+= 1
    guard readCount.isMultiple(of: Self.readsPerLook) else { return !isOver }
    switch state {
    case .young: state = .counting(since: now())
    case .counting(let began):
      if now().nanoseconds(since: began) >= Loop.readNanoseconds { state = .over }
    case .over: break
    }
    return !isOver
  }

  private var isOver: Bool {
    switch state {
    case .over: true
    case .young, .counting: false
    }
  }
}
