import Foundation
import Measure

/// Predictions for labelled images, and how accurate they are.
package struct Evaluation: Equatable, Sendable {
  /// The index of each image in its set: ascending, with gaps where no answer came.
  package let indices: [Int]
  package let labels: [UInt8]
  /// The most probable class of each image; the lowest where several are.
  package let predictions: [Int]
  /// The probability of each prediction.
  package let confidences: [Float]
  /// Mean cross-entropy of the true label.
  package let loss: Double
  /// Of the reader, and at least as many as the labels need.
  package let classCount: Int

  /// - Parameters:
  ///   - probabilities: count × classes, row-major.
  ///   - indices: of the images in their set (default: from 0 on).
  /// - Precondition: there are images, and for each a label, an index and a row.
  package init(probabilities: [Float], labels: [UInt8], indices: [Int]? = nil) {
    precondition(!labels.isEmpty && probabilities.count % labels.count == 0)
    precondition(indices.map { $0.count == labels.count } ?? true)
    let width = probabilities.count / labels.count
    var predictions: [Int] = []
    var confidences: [Float] = []
    var loss = 0.0
    for (index, label) in labels.enumerated() {
      let row = probabilities[index * width..<(index + 1) * width]
      let best = row.indices.reduce(row.startIndex) { row[$1] > row[$0] ? $1 : $0 }
      predictions.append(best - row.startIndex)
      confidences.append(row[best])
      // A class that the reader does not have is one that it gives no chance. The smallest float
      // keeps such a probability, and one rounded to zero, from being infinite loss.
      let probability = max(row.dropFirst(Int(label)).first ?? 0, .leastNormalMagnitude)
      loss -= log(Double(probability))
    }
    self.predictions = predictions
    self.confidences = confidences
    self.labels = labels
    self.indices = indices ?? Array(labels.indices)
    self.loss = loss / Double(labels.count)
    classCount = max(width, 1 + Int(labels.max() ?? 0))
  }

  package var imageCount: Int { labels.count }

  package func isRight(_ index: Int) -> Bool { predictions[index] == Int(labels[index]) }

  package var errorCount: Int { labels.indices.count { !isRight($0) } }

  package var accuracy: Double { score.accuracy }

  package var score: Score {
    Score(imageCount: imageCount, errorCount: errorCount)
  }

  /// The largest threshold that so much of the images reach with their confidence.
  ///
  /// - Parameter share: above 0 and at most 1.
  package func threshold(keeping share: Double) -> Float {
    let kept = Int((share * Double(imageCount)).rounded(.up))
    return confidences.sorted(by: >)[max(kept, 1) - 1]
  }

  /// How the images at these indices were read; nil where there are none.
  package func score(in range: Range<Int>) -> Score? {
    let chosen = labels.indices.filter { range.contains(indices[$0]) }
    guard !chosen.isEmpty else { return nil }
    return Score(imageCount: chosen.count, errorCount: chosen.count { !isRight($0) })
  }

  /// The images that were read wrongly, the surest first.
  package var mistakes: [Mistake] {
    let wrong = labels.indices.filter { !isRight($0) }.map { index in
      Mistake(
        index: indices[index], truth: Int(labels[index]), label: predictions[index],
        confidence: confidences[index])
    }
    return wrong.sorted { ($1.confidence, $0.index) < ($0.confidence, $1.index) }
  }
}

/// How many of some images were read rightly.
package struct Score: Equatable, Sendable {
  package let imageCount: Int
  package let errorCount: Int

  package var accuracy: Double { Double(imageCount - errorCount) / Double(imageCount) }
  package var errorRate: Double { Double(errorCount) / Double(imageCount) }

  /// Of the accuracy, with 95 % confidence.
  package var interval: WilsonInterval {
    WilsonInterval(successes: imageCount - errorCount, trials: imageCount)
  }
}

/// An image that was read wrongly.
package struct Mistake: Codable, Equatable, Sendable {
  /// Its index in the set.
  package let index: Int
  package let truth: Int
  /// What was read.
  package let label: Int
  /// The probability of what was read.
  package let confidence: Float
}
