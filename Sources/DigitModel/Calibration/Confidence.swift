import Foundation

/// How a model's probabilities were fitted to how often it is right: part of its file.
package struct Confidence: Codable, Equatable, Sendable {
  /// What the scores are divided by (C. Guo et al., "On Calibration of Modern Neural Networks",
  /// 2017). The weights of the file have been divided already.
  package var temperature: Float
  /// Images whose most probable class has less are taken for none of the classes (the reject option
  /// of C. K. Chow, 1970); nil where that was not fitted.
  package var rejectionThreshold: Float?

  package init(temperature: Float, rejectionThreshold: Float? = nil) {
    self.temperature = temperature
    self.rejectionThreshold = rejectionThreshold
  }

  fileprivate static let key = "confidence"

  /// Whether such a fit can have been.
  fileprivate var isPossible: Bool {
    temperature.isNormal && temperature > 0 && rejectionThreshold.map { $0 > 0 && $0 <= 1 } ?? true
  }
}

extension Model {
  /// As the file has it; nil where its probabilities were not fitted.
  /// - Throws: `badConfidence`, where it makes no sense.
  package func confidence() throws(ModelError) -> Confidence? {
    guard let json = metadata[Confidence.key] else { return nil }
    guard let confidence = try? JSONDecoder().decode(Confidence.self, from: Data(json.utf8)),
      confidence.isPossible
    else {
      throw .badConfidence(
        "expected JSON with a temperature above 0, and a threshold above 0 and at most 1")
    }
    return confidence
  }

  package mutating func setConfidence(_ confidence: Confidence) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    metadata[Confidence.key] = String(decoding: try encoder.encode(confidence), as: UTF8.self)
  }

  /// The model whose scores, before softmax or sigmoid, are those of this one divided by a
  /// temperature: the last weights are. Of an ensemble the scores of every member are, by the same
  /// temperature.
  ///
  /// - Precondition: the model is valid.
  /// - Throws: where layers behind the last weights do more than pass scores on.
  package func dividingScores(by temperature: Float) throws(ModelError) -> Model {
    guard network.stages.isEmpty || temperature == 1 else {
      throw .badConfidence(
        "the scores of a cascade cannot be divided by one temperature: its thresholds were chosen "
          + "for those of its stages; fit the stages, and put them together again")
    }
    var model = self
    for (index, member) in network.memberNetworks.enumerated() {
      let prefix = network.members.isEmpty ? "" : Self.prefix(ofMember: index)
      for name in try member.scoreTensors() {
        let values = tensors[prefix + name]!.values
        model.tensors[prefix + name]!.values = values.map { $0 / temperature }
      }
    }
    return model
  }
}

extension Network {
  /// The tensors that the scores are proportional to, all taken together.
  fileprivate func scoreTensors() throws(ModelError) -> [String] {
    for (index, layer) in layers.enumerated().reversed() {
      let isLast = index == layers.count - 1
      let names: [String]
      let activation: Activation
      switch layer {
      case .dropout, .flatten, .pooling: continue
      case .activation(let function): (names, activation) = ([], function)
      case .convolution(let layer): (names, activation) = (["weight", "bias"], layer.activation)
      case .dense(let layer): (names, activation) = (["weight", "bias"], layer.activation)
      case .batchNormalization: (names, activation) = (["gamma", "beta"], .linear)
      }
      guard activation.passesScale(isLast: isLast) else {
        throw .badConfidence(
          "the scores cannot be divided by a temperature: \(activation.rawValue) comes between "
            + "them and the last weights")
      }
      if !names.isEmpty { return names.map { Model.tensorName(layer: index, $0) } }
    }
    throw .badConfidence("the scores cannot be divided by a temperature: there are no weights")
  }
}

extension Activation {
  /// Whether scores are divided where what goes in is; of the last, what goes in are the scores.
  fileprivate func passesScale(isLast: Bool) -> Bool {
    switch self {
    case .linear, .relu: true
    case .tanh: false
    case .sigmoid, .softmax: isLast
    }
  }
}
