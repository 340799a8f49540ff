extension Network {
  /// Checks the network, or that its members make an ensemble or a cascade, and each of them.
  package func check() throws(NetworkError) {
    guard !members.isEmpty else {
      guard stages.isEmpty else { throw .cascade(.members) }
      _ = try shapes()
      return
    }
    guard layers.isEmpty else { throw .members(.layers) }
    guard members.count <= ModelLimits.memberCountMax, members.allSatisfy(\.members.isEmpty) else {
      throw .members(.tooMany)
    }
    for (index, member) in members.enumerated() {
      do { try member.check() } catch { throw .member(index: index, error) }
    }
    guard
      members.allSatisfy({ $0.input.height == input.height && $0.input.width == input.width })
    else { throw .members(.inputs) }
    guard members.allSatisfy({ $0.classCount == members[0].classCount }) else {
      throw .members(.outputs)
    }
    try checkStages()
  }

  /// The probabilities of a result.
  ///
  /// - Precondition: the network is valid.
  package var classCount: Int { (try? memberNetworks[0].shapes().last?.elementCount) ?? 0 }
}

extension Model {
  /// What the names of a member's tensors begin with in an ensemble: `members.0.layers.1.weight`.
  static func prefix(ofMember index: Int) -> String { "members.\(index)." }

  /// The models that an image may pass through: itself, or its members.
  package var memberModels: [Model] {
    guard !network.members.isEmpty else { return [self] }
    return network.members.enumerated().map { index, member in
      let prefix = Self.prefix(ofMember: index)
      let own = tensors.filter { $0.key.hasPrefix(prefix) }
      return Model(
        network: member,
        tensors: Dictionary(
          uniqueKeysWithValues: own.map { (String($0.key.dropFirst(prefix.count)), $0.value) }))
    }
  }

  /// An ensemble of models, which answers with the mean of their probabilities.
  package init(name: String, meanOf members: [Model]) {
    var tensors: [String: Tensor] = [:]
    for (index, member) in members.enumerated() {
      for (name, tensor) in member.tensors {
        tensors[Self.prefix(ofMember: index) + name] = tensor
      }
    }
    self.init(
      network: Network(name: name, meanOf: members.map(\.network)), tensors: tensors)
  }
}
