/// One digit as networks read it, and where the picture has it.
package struct FoundDigit: Equatable, Sendable {
  /// 28 × 28, 0 empty ground, 255 full ink.
  package let pixels: [UInt8]
  /// In the pixels of the picture.
  package let bounds: Rectangle

  package init(pixels: [UInt8], bounds: Rectangle) {
    self.pixels = pixels
    self.bounds = bounds
  }
}

/// What was found in a picture, in reading order. Where digits may touch each other, every way to
/// cut the ink is among the candidates, and what a network says of these tells which are digits:
/// the best path through a segmentation graph (LeCun et al., Proceedings of the IEEE 86(11), 1998,
/// section V).
package struct FoundDigits: Equatable, Sendable {
  /// Ink that may be one digit.
  package struct Candidate: Equatable, Sendable {
    let digit: FoundDigit
    /// The parts that it is made of: a path has each part of the ink once.
    let parts: Range<Int>
    /// What its shape alone speaks against one digit, as a probability.
    let penalty: Float

    package init(digit: FoundDigit, parts: Range<Int>, penalty: Float) {
      self.digit = digit
      self.parts = parts
      self.penalty = penalty
    }
  }

  /// For each piece of ink; all of it as one digit comes first.
  private let graphs: [[Candidate]]

  /// - Precondition: in each graph a path from part 0 to the last one exists.
  package init(_ graphs: [[Candidate]]) { self.graphs = graphs }

  /// What a network must be asked about.
  package var candidates: [FoundDigit] { graphs.flatMap { $0.map(\.digit) } }

  /// Without cuts: ink that is connected is one digit.
  package var uncut: FoundDigits { FoundDigits(graphs.map { Array($0.prefix(1)) }) }

  /// The indices of the candidates that are digits, in reading order: those of which the fewest
  /// are expected to be misread.
  ///
  /// - Parameter probabilities: of each candidate, how sure the network is of its answer.
  package func chosen(_ probabilities: [Float]) -> [Int] {
    var start = 0
    return graphs.flatMap { graph in
      defer { start += graph.count }
      let path = Self.path(through: graph, probabilities[start..<start + graph.count])
      return path.map { start + $0 }
    }
  }

  private static func path(
    through graph: [Candidate], _ probabilities: ArraySlice<Float>
  ) -> [Int] {
    let end = graph.map(\.parts.upperBound).max() ?? 0
    var best: [(errors: Float, path: [Int])?] = [(0, [])]
    for place in 1..<max(1, end + 1) {
      var reached: (errors: Float, path: [Int])?
      for (index, (candidate, sure)) in zip(graph, probabilities).enumerated()
      where candidate.parts.upperBound == place {
        guard let before = best[candidate.parts.lowerBound] else { continue }
        let errors = before.errors + 1 - sure + candidate.penalty
        if reached.map({ errors < $0.errors }) ?? true { reached = (errors, before.path + [index]) }
      }
      best.append(reached)
    }
    return best[best.count - 1]?.path ?? []
  }
}
