import DigitTraining
import Testing

@Suite struct CascadeOutcomeTests {
  /// Of two classes, four images: the first stage is right but for the second image, the last stage
  /// but for the third.
  private let first: [Float] = [0.9, 0.1, 0.6, 0.4, 0.25, 0.75, 0.3, 0.7]
  private let last: [Float] = [0.8, 0.2, 0.1, 0.9, 0.7, 0.3, 0.2, 0.8]
  private let labels: [UInt8] = [0, 1, 1, 1]

  @Test(arguments: [
    (0.5, [1, 0], 1), (0.65, [1, 0.25], 0), (0.72, [1, 0.5], 0), (0.8, [1, 0.75], 1),
    (1, [1, 1], 1),
  ])
  func `who answers, and how well, follows from the threshold`(
    threshold: Float, shares: [Float], errors: Int
  ) {
    let outcome = CascadeOutcome(
      stages: [first, last], thresholds: [threshold], labels: labels)
    #expect(outcome.shares == shares)
    #expect(outcome.errorCount == errors)
    #expect(outcome.imageCount == 4)
    #expect(outcome.operationCount([10, 100]) == Double(10 + 100 * shares[1]))
  }

  @Test func `what reaches the threshold is answered where it is`() {
    let outcome = CascadeOutcome(stages: [first, last], thresholds: [0.6], labels: labels)
    #expect(outcome.shares == [1, 0])
    #expect(outcome.probabilities == first)
  }

  @Test func `an image passes through several stages`() {
    let outcome = CascadeOutcome(
      stages: [first, first, last], thresholds: [0.8, 0.65], labels: labels)
    #expect(outcome.shares == [1, 0.75, 0.25])
    #expect(Array(outcome.probabilities[2...5]) == [0.1, 0.9, 0.25, 0.75])
  }

  @Test func `the threshold has the fewest errors within the work, and is the lowest of such`() {
    func best(_ most: Double) -> Float? {
      CascadeOutcome.bestThreshold(
        between: first, and: last, labels: labels, operationCounts: [10, 100],
        operationCountMax: most)
    }
    #expect(best(110) == 0.61)
    #expect(best(35) == 0.61)
    #expect(best(34) == 0.5)
    #expect(best(9) == nil)
  }
}
