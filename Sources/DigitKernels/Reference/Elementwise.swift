import Foundation

extension Reference {
  /// Weights [in, out], bias [out].
  package static func dense(_ x: [Float], weights: [Float], bias: [Float]) -> [Float] {
    bias.indices.map { j in
      x.indices.reduce(bias[j]) { $0 + x[$1] * weights[$1 * bias.count + j] }
    }
  }

  /// Per channel (the last axis): (x − mean) / √(variance + epsilon) × gamma + beta.
  package static func normalizeBatch(
    _ x: [Float], gamma: [Float], beta: [Float], mean: [Float], variance: [Float],
    epsilon: Float
  ) -> [Float] {
    x.indices.map { i in
      let c = i % gamma.count
      return (x[i] - mean[c]) / (variance[c] + epsilon).squareRoot() * gamma[c] + beta[c]
    }
  }

  package static func apply(_ curve: Curve, _ x: [Float]) -> [Float] {
    x.map { value in
      switch curve {
      case .relu: max(0, value)
      case .tanh: Foundation.tanhf(value)
      case .sigmoid: 1 / (1 + Foundation.expf(-value))
      }
    }
  }

  package static func softmax(_ scores: [Float]) -> [Float] {
    let greatest = scores.max() ?? 0
    let powers = scores.map { Foundation.expf($0 - greatest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  package static func normalize(_ scores: [Float]) -> [Float] {
    let sum = scores.reduce(0, +)
    return scores.map { $0 / sum }
  }
}
