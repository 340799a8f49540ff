/// What a report comes to, for those who read nothing else.
package struct Verdict: Equatable, Sendable {
  package enum Outcome: String, Sendable {
    /// What was asked for holds.
    case passed
    /// It does not.
    case failed
    /// The figures say nothing.
    case invalid
  }

  package var outcome: Outcome
  /// One or two words: colour alone tells not everybody.
  package var word: String
  package var sentence: String

  package init(_ outcome: Outcome, _ word: String, _ sentence: String) {
    self.outcome = outcome
    self.word = word
    self.sentence = sentence
  }
}
