/// Why a network cannot be built.
package enum NetworkError: Error, Equatable, CustomStringConvertible {
  case layerCount(Int)
  case input(Network.Input)
  case layer(index: Int, kind: LayerKind, after: Shape, LayerProblem)
  indirect case member(index: Int, NetworkError)
  case members(MemberProblem)
  case cascade(CascadeProblem)

  package var description: String {
    switch self {
    case .layerCount(let count):
      "a network has 1 to \(ModelLimits.layerCountMax) layers, this one has \(count)"
    case .input(let input):
      """
      the input must have sides of 1 to \(ModelLimits.extentMax), a finite mean and a positive \
      standard deviation; got \(input.height)×\(input.width), mean \(input.mean), \
      standard deviation \(input.standardDeviation)
      """
    case .layer(let index, let kind, let shape, let problem):
      "layer \(index) (\(kind.rawValue)), whose input is \(shape), \(problem)"
    case .member(let index, let error): "member \(index): \(error)"
    case .members(let problem): "an ensemble \(problem)"
    case .cascade(let problem): "a cascade \(problem)"
    }
  }
}

/// Why networks make no ensemble.
package enum MemberProblem: String, Error, CustomStringConvertible {
  case layers = "has no layers of its own beside its members"
  case tooMany = "has at most 16 members, and none of them is an ensemble or a cascade"
  case inputs = "needs members that read images of the same size"
  case outputs = "needs members that give the same number of probabilities"

  package var description: String { rawValue }
}

/// What is wrong with one layer.
package enum LayerProblem: Error, Equatable, CustomStringConvertible {
  case needsMap
  case needsVector
  case windowTooLarge(window: Int, extent: Int)
  case outOfRange(String, String)
  case tooLarge(Shape)
  case softmaxBeforeTheEnd

  package var description: String {
    switch self {
    case .needsMap: "needs a feature map: it must come before flatten"
    case .needsVector: "needs a vector: put flatten before it"
    case .windowTooLarge(let window, let extent):
      "has a window of \(window), but its padded input is only \(extent) wide or high"
    case .outOfRange(let name, let value): "has \(name) \(value), which is out of range"
    case .tooLarge(let shape):
      "would make \(shape), more than \(ModelLimits.mapElementCountMax) elements"
    case .softmaxBeforeTheEnd: "has softmax, which only the last layer may have"
    }
  }
}
