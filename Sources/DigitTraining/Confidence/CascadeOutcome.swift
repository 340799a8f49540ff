/// What a cascade comes to on labelled images, by what each of its stages says of all of them.
package struct CascadeOutcome: Equatable, Sendable {
  /// Of all images, those that come to each stage, 0…1; the first has them all.
  package let shares: [Float]
  /// Images × classes.
  package let probabilities: [Float]
  package let imageCount: Int
  package let errorCount: Int

  /// - Parameters:
  ///   - stages: of each the probabilities, images × classes, of the same images.
  ///   - thresholds: of each stage but the last.
  package init(stages: [[Float]], thresholds: [Float], labels: [UInt8]) {
    precondition(stages.count == thresholds.count + 1 && !labels.isEmpty)
    precondition(stages.allSatisfy { $0.count == stages[0].count })
    let classCount = stages[0].count / labels.count
    var coming = [Int](repeating: 0, count: stages.count)
    var answers: [Float] = []
    answers.reserveCapacity(stages[0].count)
    var errorCount = 0
    for (image, label) in labels.enumerated() {
      let range = image * classCount..<(image + 1) * classCount
      var stage = 0
      coming[0] += 1
      while stage < thresholds.count, stages[stage][range].max()! < thresholds[stage] {
        stage += 1
        coming[stage] += 1
      }
      let answer = stages[stage][range]
      answers += answer
      let best = answer.indices.max { answer[$0] < answer[$1] }!
      if best - range.lowerBound != Int(label) { errorCount += 1 }
    }
    shares = coming.map { Float($0) / Float(labels.count) }
    probabilities = answers
    imageCount = labels.count
    self.errorCount = errorCount
  }

  package var accuracy: Double { 1 - Double(errorCount) / Double(imageCount) }

  /// Multiplications and additions for one image, on the average.
  ///
  /// - Parameter stages: of each the operations for one image.
  package func operationCount(_ stages: [Int]) -> Double {
    zip(shares, stages).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }
}

extension CascadeOutcome {
  private static let candidates = (50...99).map { Float($0) / 100 }

  /// The threshold between two stages, in hundredths, with the fewest errors, and of such the least
  /// work; nil where every one is more work than is allowed.
  ///
  /// - Parameters:
  ///   - operationCounts: of both stages, for one image.
  ///   - operationCountMax: on the average.
  package static func bestThreshold(
    between first: [Float], and last: [Float], labels: [UInt8], operationCounts: [Int],
    operationCountMax: Double
  ) -> Float? {
    var best: (threshold: Float, errorCount: Int)?
    for threshold in candidates {
      let outcome = CascadeOutcome(
        stages: [first, last], thresholds: [threshold], labels: labels)
      // A higher threshold is never less work.
      guard outcome.operationCount(operationCounts) <= operationCountMax else { break }
      if outcome.errorCount < best?.errorCount ?? .max {
        best = (threshold, outcome.errorCount)
      }
    }
    return best?.threshold
  }
}
