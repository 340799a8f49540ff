import PlainText

/// What a reader said about one image whose digit is known.
package struct LabelledReading: Encodable, Equatable, Sendable {
  /// The image's index in its set.
  package let index: Int
  package let label: Int
  package let probability: Float
  package let probabilities: [Float]
  package let truth: Int
  package let correct: Bool

  /// - Parameter label: as the reader chose it; the most probable where nil.
  package init(index: Int, probabilities: [Float], label: Int? = nil, truth: Int) {
    let best = probabilities.indices.reduce(0) { probabilities[$1] > probabilities[$0] ? $1 : $0 }
    self.index = index
    self.label = label ?? best
    self.probabilities = probabilities
    self.truth = truth
    probability = probabilities[self.label]
    correct = self.label == truth
  }

  /// A sentence, and a bar for each probability.
  /// - Parameter names: what the classes are called; their numbers where nil.
  package func text(names: [String]? = nil) -> String {
    let names = names ?? probabilities.indices.map(String.init)
    let rows = zip(names, probabilities).map { name, probability in
      ["  \(name)", percent(Double(probability)), bar(Double(probability))]
    }
    return """
      image \(index) shows \(names[label].escaped) (\(percent(Double(probability)))); \
      the truth is \(truth): \(correct ? "right" : "wrong")
      \(table(rows))
      """
  }
}
