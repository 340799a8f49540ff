/// What of a loop's budget for unsent answers one connection uses.
struct UnsentShare {
  private var byteCount = 0

  enum Standing: Equatable {
    /// The connection is read from.
    case withinShare
    /// It is not read from until half of its share has been sent.
    case overShare
    /// All connections together are over the budget and this one holds more than its share.
    case overBudget
  }

  /// Counts what is unsent now. After every write, and whenever something has been sent.
  mutating func update(_ transport: any Transport, in budget: UnsentBudget) {
    let unsent = transport.isClosing ? 0 : transport.unsentByteCount
    budget.change(by: unsent - byteCount)
    byteCount = unsent
  }

  func standing(in budget: UnsentBudget) -> Standing {
    guard byteCount > budget.byteCountMaxPerConnection else { return .withinShare }
    return budget.isExceeded ? .overBudget : .overShare
  }

  /// Whether so much has been sent that a connection that was over its share is read from again.
  func isRelieved(in budget: UnsentBudget) -> Bool {
    byteCount <= budget.byteCountMaxPerConnection / 2
  }
}
