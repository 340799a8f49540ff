/// Which turns of a loop are measured: one of eight, for the clock of a thread's processor time is
/// a system call.
package struct TurnSampling {
  private var turn: UInt64 = 0
  /// What the thread had used when the turn before this one ended.
  private var processorAtEnd: UInt64 = 0

  package init() {}

  private static let turnsPerSample: UInt64 = 8

  /// - Parameter processor: what the thread has used, in nanoseconds.
  /// - Returns: what the turn took, where it was measured.
  package mutating func turnEnded(processor: () -> UInt64) -> UInt64? {
    turn &+= 1
    switch turn % Self.turnsPerSample {
    case Self.turnsPerSample - 1:
      processorAtEnd = processor()
      return nil
    case 0: return processor() - processorAtEnd
    case _: return nil
    }
  }
}
