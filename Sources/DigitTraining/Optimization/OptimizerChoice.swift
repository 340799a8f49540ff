/// An optimiser with its settings, as recipes and cards hold it.
package enum OptimizerChoice: Equatable, Sendable {
  case adam(Adam)
  case adamW(AdamW)
  case momentum(Momentum)

  package var optimizer: any Optimizer {
    switch self {
    case .adam(let adam): adam
    case .adamW(let adamW): adamW
    case .momentum(let momentum): momentum
    }
  }
}

/// One flat object: `{"name": "momentum", "momentum": 0.9, "decay": 0}`. Without a name it is Adam.
extension OptimizerChoice: Codable {
  private enum Name: String, Codable { case adam, adamW, momentum }
  private enum Key: String, CodingKey { case name, decay }

  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Key.self)
    switch try fields.decodeIfPresent(Name.self, forKey: .name) ?? .adam {
    case .adam: self = .adam(try Adam(from: decoder))
    case .adamW:
      let decay = try fields.decode(Float.self, forKey: .decay)
      self = .adamW(AdamW(try Adam(from: decoder), decay: decay))
    case .momentum: self = .momentum(try Momentum(from: decoder))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Key.self)
    switch self {
    case .adam(let adam):
      try fields.encode(Name.adam, forKey: .name)
      try adam.encode(to: encoder)
    case .adamW(let adamW):
      try fields.encode(Name.adamW, forKey: .name)
      try fields.encode(adamW.decay, forKey: .decay)
      try adamW.adam.encode(to: encoder)
    case .momentum(let momentum):
      try fields.encode(Name.momentum, forKey: .name)
      try momentum.encode(to: encoder)
    }
  }
}
