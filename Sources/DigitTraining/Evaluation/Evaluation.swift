import Foundation

/// What a network said about labelled images, and how right it was.
package struct Evaluation: Equatable, Sendable {
  /// The most probable class of each image; the lowest where several are.
  package let predictions: [Int]
  package let labels: [UInt8]
  /// Mean cross-entropy of the true label.
  package let loss: Double

  /// - Parameter probabilities: count × classes.
  package init(probabilities: [Float], labels: [UInt8]) {
    precondition(!labels.isEmpty && probabilities.count % labels.count == 0)
    let classCount = probabilities.count / labels.count
    var predictions: [Int] = []
    var loss = 0.0
    for (index, label) in labels.enumerated() {
      let row = probabilities[index * classCount..<(index + 1) * classCount]
      let best = row.indices.reduce(row.startIndex) { row[$1] > row[$0] ? $1 : $0 }
      predictions.append(best - row.startIndex)
      // The smallest float keeps a probability that was rounded to zero from being infinite loss.
      let probability = max(row[row.startIndex + Int(label)], .leastNormalMagnitude)
      loss -= log(Double(probability))
    }
    self.predictions = predictions
    self.labels = labels
    self.loss = loss / Double(labels.count)
  }

  package var imageCount: Int { labels.count }

  /// The places of the images that were read wrongly.
  package var errorIndices: [Int] {
    labels.indices.filter { predictions[$0] != Int(labels[$0]) }
  }

  package var accuracy: Double { accuracy(in: 0..<imageCount) }

  /// The part of the images at these places that was read rightly.
  package func accuracy(in places: Range<Int>) -> Double {
    let correctCount = places.count { predictions[$0] == Int(labels[$0]) }
    return Double(correctCount) / Double(places.count)
  }
}
