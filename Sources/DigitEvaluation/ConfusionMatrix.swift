/// How often each digit was read as each: a row for the true digit, a column for the one read.
package struct ConfusionMatrix: Equatable, Sendable {
  /// classes × classes; `counts[truth][label]`.
  package let counts: [[Int]]

  package init(_ evaluation: Evaluation) {
    let row = Array(repeating: 0, count: evaluation.classCount)
    var counts = Array(repeating: row, count: evaluation.classCount)
    for (truth, label) in zip(evaluation.labels, evaluation.predictions) {
      counts[Int(truth)][label] += 1
    }
    self.counts = counts
  }

  /// A digit, and how well it was distinguished from the others.
  package struct ClassScore: Equatable, Sendable {
    package let label: Int
    /// Images that show it.
    package let imageCount: Int
    /// The fraction that shows it, of the images read as it; nil where none was.
    package let precision: Double?
    /// The fraction that was read as it, of the images that show it; nil where none does.
    package let recall: Double?

    /// The harmonic mean of precision and recall; nil where either is.
    package var f1: Double? {
      guard let precision, let recall else { return nil }
      let sum = precision + recall
      return sum > 0 ? 2 * precision * recall / sum : 0
    }
  }

  package var classes: [ClassScore] {
    counts.indices.map { label in
      let shown = counts[label].reduce(0, +)
      let read = counts.reduce(0) { $0 + $1[label] }
      let right = Double(counts[label][label])
      return ClassScore(
        label: label, imageCount: shown, precision: read > 0 ? right / Double(read) : nil,
        recall: shown > 0 ? right / Double(shown) : nil)
    }
  }

  /// One digit taken for another, and how often.
  package struct Confusion: Codable, Equatable, Sendable {
    package let truth: Int
    package let label: Int
    package let count: Int
  }

  /// What happened at least once, the most frequent first.
  package var confusions: [Confusion] {
    let all = counts.indices.flatMap { truth in
      counts.indices.filter { $0 != truth }.map { label in
        Confusion(truth: truth, label: label, count: counts[truth][label])
      }
    }
    return all.filter { $0.count > 0 }.sorted {
      ($1.count, $0.truth, $0.label) < ($0.count, $1.truth, $1.label)
    }
  }
}
