/// What a connection may have done for it in one turn of its loop, beside inference: the rest waits
/// for the next turn, so that a flood of questions delays nobody by more than this.
///
/// A unit is a question, or 256 bytes of an answer: about a microsecond of the loop's time.
struct TurnBudget {
  static let units = 32
  private static let bytesPerUnit = 256

  private var left = Self.units

  /// The connection has its turn.
  mutating func begin() { left = Self.units }

  mutating func take(answerByteCount: Int = 0) {
    left -= 1 + answerByteCount / Self.bytesPerUnit
  }

  var isUsedUp: Bool { left <= 0 }
}
