extension Network {
  /// A tensor that the network needs: its name and shape.
  package struct TensorRequirement: Equatable, Sendable {
    package var name: String
    package var shape: [Int]
    package var count: Int { shape.reduce(1, *) }
  }

  /// All tensors of the network, layer by layer. See `Model` for names and layouts.
  package func tensorRequirements() throws(NetworkError) -> [TensorRequirement] {
    try check()
    guard members.isEmpty else {
      return members.enumerated().flatMap { index, member in
        ((try? member.tensorRequirements()) ?? []).map { requirement in
          TensorRequirement(
            name: Model.prefix(ofMember: index) + requirement.name, shape: requirement.shape)
        }
      }
    }
    let shapes = try shapes()
    return layers.indices.flatMap { index in
      layers[index].tensorShapes(after: shapes[index]).map { name, shape in
        TensorRequirement(name: Model.tensorName(layer: index, name), shape: shape)
      }
    }
  }
}

extension Layer {
  func tensorShapes(after input: Shape) -> [(name: String, shape: [Int])] {
    let channels = input.channelCount
    return switch self {
    case .convolution(let convolution):
      [
        (
          "weight", [convolution.kernel, convolution.kernel, channels, convolution.filters]
        ), ("bias", [convolution.filters]),
      ]
    case .dense(let dense): [("weight", [channels, dense.units]), ("bias", [dense.units])]
    case .batchNormalization:
      ["gamma", "beta", "mean", "variance"].map { ($0, [channels]) }
    case .pooling, .dropout, .flatten, .activation: []
    }
  }
}

extension Model {
  package static func tensorName(layer: Int, _ name: String) -> String {
    "layers.\(layer).\(name)"
  }

  /// The tensor of a layer.
  ///
  /// - Precondition: the model is valid.
  package func tensor(layer: Int, _ name: String) -> Tensor {
    guard let tensor = tensors[Self.tensorName(layer: layer, name)] else {
      preconditionFailure("layer \(layer) has no tensor \(name)")
    }
    return tensor
  }

  /// Checks that every tensor is there, has the right shape and is finite, and that there are
  /// no others.
  package func validate() throws(ModelError) {
    let requirements: [Network.TensorRequirement]
    do { requirements = try network.tensorRequirements() } catch { throw .network(error) }
    let total = requirements.reduce(0) { $0 + $1.count }
    guard total <= ModelLimits.parameterCountMax else { throw .tooManyParameters(total) }
    for requirement in requirements {
      guard let tensor = tensors[requirement.name] else {
        throw .missingTensor(requirement.name, expected: requirement.shape)
      }
      guard tensor.shape == requirement.shape else {
        throw .tensorShape(requirement.name, expected: requirement.shape, got: tensor.shape)
      }
      guard tensor.values.allSatisfy(\.isFinite) else { throw .notFinite(requirement.name) }
      guard !requirement.name.hasSuffix(".variance") || tensor.values.allSatisfy({ $0 >= 0 })
      else { throw .negativeVariance(requirement.name) }
    }
    let known = Set(requirements.map(\.name))
    if let stranger = tensors.keys.filter({ !known.contains($0) }).min() {
      throw .unknownTensor(stranger)
    }
  }
}

/// Why weights do not make a model of their network.
package enum ModelError: Error, Equatable, CustomStringConvertible {
  case network(NetworkError)
  case tooManyParameters(Int)
  case missingTensor(String, expected: [Int])
  case tensorShape(String, expected: [Int], got: [Int])
  case notFinite(String)
  case negativeVariance(String)
  case unknownTensor(String)
  /// A plan ends in probabilities: the last activation must be softmax or sigmoid, on a vector.
  case noProbabilities
  /// The file does not say how to compute it in that precision.
  case notCalibrated(Precision)
  /// It was calibrated, and reads too many images otherwise than in float32.
  case refused(Precision, PrecisionCalibration.Gate)
  case unavailable(Precision)
  /// Its weights are finite, but not what becomes of an image.
  case overflow(name: String, Precision, image: String, where: String)
  /// Its numbers do not allow that precision.
  case unsuitable(Precision, String)
  /// What it says about the precision makes no sense.
  case badCalibration(Precision, String)
  /// What it says about its confidence makes no sense, or it has no scores to fit.
  case badConfidence(String)

  package var description: String {
    switch self {
    case .network(let error): error.description
    case .tooManyParameters(let count):
      "the network has \(count) parameters, more than \(ModelLimits.parameterCountMax)"
    case .missingTensor(let name, let shape): "tensor \(name) of shape \(shape) is missing"
    case .tensorShape(let name, let expected, let got):
      "tensor \(name): expected shape \(expected), got \(got)"
    case .notFinite(let name): "tensor \(name) holds a value that is not a finite number"
    case .negativeVariance(let name): "tensor \(name) holds a negative variance"
    case .unknownTensor(let name): "tensor \(name) belongs to no layer of the network"
    case .noProbabilities:
      "the network must end with a vector and softmax or sigmoid, to give probabilities"
    case .notCalibrated(let precision):
      "the model is not calibrated for \(precision.rawValue): run digitlab calibrate, "
        + "or use \(Precision.float32.rawValue)"
    case .refused(let precision, let gate):
      "\(precision.rawValue) is refused for this model: \(gate)"
    case .unavailable(let precision):
      "this processor has no instructions for \(precision.rawValue)"
    case .overflow(let name, let precision, let image, let finding):
      "model '\(name)' cannot be used in \(precision.rawValue): for \(image) \(finding) "
        + "not finite (NaN or infinity); train it again with smaller weights"
    case .unsuitable(let precision, let reason):
      "the model cannot be computed in \(precision.rawValue): \(reason)"
    case .badCalibration(let precision, let problem):
      "what the file says about \(precision.rawValue) cannot be used: \(problem)"
    case .badConfidence(let problem): "confidence: \(problem)"
    }
  }
}
