/// The names of the layers in the architecture's JSON.
package enum LayerKind: String, Codable, Sendable {
  case convolution, batchNormalization, pooling, dropout, flatten, dense, activation
}

extension Layer {
  package var kind: LayerKind {
    switch self {
    case .convolution: .convolution
    case .batchNormalization: .batchNormalization
    case .pooling: .pooling
    case .dropout: .dropout
    case .flatten: .flatten
    case .dense: .dense
    case .activation: .activation
    }
  }
}

/// One flat object a layer: `{"type": "convolution", "filters": 32, "kernel": 3, …}`.
extension Layer: Codable {
  private enum Key: String, CodingKey { case type, epsilon, rate, activation }

  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Key.self)
    switch try fields.decode(LayerKind.self, forKey: .type) {
    case .convolution: self = .convolution(try Convolution(from: decoder))
    case .batchNormalization:
      self = .batchNormalization(epsilon: try fields.decode(Float.self, forKey: .epsilon))
    case .pooling: self = .pooling(try Pooling(from: decoder))
    case .dropout: self = .dropout(rate: try fields.decode(Float.self, forKey: .rate))
    case .flatten: self = .flatten
    case .dense: self = .dense(try Dense(from: decoder))
    case .activation:
      self = .activation(try fields.decode(Activation.self, forKey: .activation))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Key.self)
    try fields.encode(kind, forKey: .type)
    switch self {
    case .convolution(let convolution): try convolution.encode(to: encoder)
    case .batchNormalization(let epsilon): try fields.encode(epsilon, forKey: .epsilon)
    case .pooling(let pooling): try pooling.encode(to: encoder)
    case .dropout(let rate): try fields.encode(rate, forKey: .rate)
    case .flatten: break
    case .dense(let dense): try dense.encode(to: encoder)
    case .activation(let activation): try fields.encode(activation, forKey: .activation)
    }
  }
}

// Written by hand, an architecture may leave out what has an obvious value.

private enum Field: String, CodingKey {
  case filters, kernel, stride, padding, activation, kind, size, units
  case height, width, conditioning, mean, standardDeviation
  case name, input, layers, members, stages
}

extension Convolution {
  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    self.init(
      filters: try fields.decode(Int.self, forKey: .filters),
      kernel: try fields.decode(Int.self, forKey: .kernel),
      stride: try fields.decodeIfPresent(Int.self, forKey: .stride) ?? 1,
      padding: try fields.decodeIfPresent(Int.self, forKey: .padding) ?? 0,
      activation: try fields.decodeIfPresent(Activation.self, forKey: .activation) ?? .linear)
  }
}

extension Pooling {
  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    self.init(
      try fields.decode(Kind.self, forKey: .kind),
      size: try fields.decode(Int.self, forKey: .size),
      stride: try fields.decodeIfPresent(Int.self, forKey: .stride))
  }
}

extension Dense {
  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    self.init(
      units: try fields.decode(Int.self, forKey: .units),
      activation: try fields.decodeIfPresent(Activation.self, forKey: .activation) ?? .linear)
  }
}

extension Network.Input {
  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    self.init()
    height = try fields.decodeIfPresent(Int.self, forKey: .height) ?? height
    width = try fields.decodeIfPresent(Int.self, forKey: .width) ?? width
    conditioning =
      try fields.decodeIfPresent(Conditioning.self, forKey: .conditioning) ?? conditioning
    mean = try fields.decodeIfPresent(Float.self, forKey: .mean) ?? mean
    standardDeviation =
      try fields.decodeIfPresent(Float.self, forKey: .standardDeviation) ?? standardDeviation
  }
  package func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Field.self)
    try fields.encode(height, forKey: .height)
    try fields.encode(width, forKey: .width)
    // Left out where there is none: the file of a network without is as it always was.
    if conditioning != .none { try fields.encode(conditioning, forKey: .conditioning) }
    try fields.encode(mean, forKey: .mean)
    try fields.encode(standardDeviation, forKey: .standardDeviation)
  }
}

/// A network has either layers or members, and a cascade stages of members; only those are written.
extension Network {
  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    let members = try fields.decodeIfPresent([Network].self, forKey: .members) ?? []
    self.init(
      name: try fields.decode(String.self, forKey: .name),
      input: try fields.decodeIfPresent(Input.self, forKey: .input)
        ?? members.first?.input ?? Input(),
      layers: try fields.decodeIfPresent([Layer].self, forKey: .layers) ?? [])
    self.members = members
    stages = try fields.decodeIfPresent([CascadeStage].self, forKey: .stages) ?? []
  }

  package func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Field.self)
    try fields.encode(name, forKey: .name)
    if members.isEmpty {
      try fields.encode(input, forKey: .input)
      try fields.encode(layers, forKey: .layers)
    } else {
      try fields.encode(members, forKey: .members)
    }
    if !stages.isEmpty { try fields.encode(stages, forKey: .stages) }
  }
}
