/// How far from zero weights begin, uniformly in −limit..<limit.
package enum Initialization: String, Codable, CaseIterable, Sendable {
  /// √(6 / (fan in + fan out)): Glorot and Bengio, AISTATS 2010.
  case glorotUniform = "glorot-uniform"
  /// √(6 / fan in): He et al., ICCV 2015.
  case heUniform = "he-uniform"

  package func limit(fanIn: Int, fanOut: Int) -> Float {
    switch self {
    case .glorotUniform: (6 / Float(fanIn + fanOut)).squareRoot()
    case .heUniform: (6 / Float(fanIn)).squareRoot()
    }
  }
}
