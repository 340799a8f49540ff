/// Sums over images.
package struct Totals: Codable, Equatable, Sendable {
  package var imageCount = 0
  package var correctCount = 0
  package var loss = 0.0

  mutating func add(_ result: ClassificationLoss.Result) {
    imageCount += 1
    correctCount += result.isCorrect ? 1 : 0
    loss += Double(result.loss)
  }

  mutating func add(_ other: Totals) {
    imageCount += other.imageCount
    correctCount += other.correctCount
    loss += other.loss
  }

  package var meanLoss: Double { loss / Double(max(imageCount, 1)) }
  package var accuracy: Double { Double(correctCount) / Double(max(imageCount, 1)) }
}
