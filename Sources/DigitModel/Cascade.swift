/// One stage of a cascade: some of its members in a row. Their mean answers the images that come to
/// the stage; those that it is not sure of go on to the next (P. Viola and M. Jones, "Rapid Object
/// Detection using a Boosted Cascade of Simple Features", 2001).
package struct CascadeStage: Codable, Equatable, Sendable {
  package var memberCount: Int
  /// An image whose most probable class has less goes on; nil of the last stage.
  package var below: Float?
  /// Of all images, those that are expected to come to this stage, 0…1; nil for all of them. It
  /// changes no answer: a server plans with it.
  package var share: Float?

  package init(memberCount: Int, below: Float? = nil, share: Float? = nil) {
    self.memberCount = memberCount
    self.below = below
    self.share = share
  }

  private enum CodingKeys: String, CodingKey {
    case memberCount = "members"
    case below, share
  }
}

/// Why members and stages make no cascade.
package enum CascadeProblem: String, Error, CustomStringConvertible {
  case members = "needs stages that hold each of its members exactly once"
  case tooFew = "needs two stages or more, each of at least one member"
  case threshold =
    "needs a threshold above 0 and at most 1 in every stage but the last, which has none"
  case share = "needs shares of 0 to 1"
  case work = "needs stages of at most 51.1 million multiplications and additions an image each"
  case nested = "has stages that are networks or ensembles, and no cascades"

  package var description: String { rawValue }
}

extension Network {
  /// Which members answer together, and which images go on from them.
  struct Turn: Equatable, Sendable {
    var members: Range<Int>
    var below: Float?
  }

  /// The stages in their order; of a network that is no cascade one, of all its members.
  ///
  /// - Precondition: the network is valid.
  var turns: [Turn] {
    guard !stages.isEmpty else { return [Turn(members: memberNetworks.indices)] }
    var first = 0
    return stages.map { stage in
      defer { first += stage.memberCount }
      return Turn(members: first..<first + stage.memberCount, below: stage.below)
    }
  }

  /// The stages of a cascade, each as a network of its own; of any other itself.
  package var stageNetworks: [Network] {
    guard !stages.isEmpty else { return [self] }
    return turns.map { turn in
      turn.members.count == 1
        ? members[turn.members.lowerBound]
        : Network(name: name, meanOf: Array(members[turn.members]))
    }
  }

  func checkStages() throws(NetworkError) {
    guard !stages.isEmpty else { return }
    let counts = stages.map(\.memberCount)
    guard stages.count >= 2, counts.allSatisfy({ $0 >= 1 }) else { throw .cascade(.tooFew) }
    // Before they are added up: a file may say anything.
    guard counts.allSatisfy({ $0 <= members.count }), counts.reduce(0, +) == members.count else {
      throw .cascade(.members)
    }
    guard stages.last?.below == nil,
      stages.dropLast().allSatisfy({ $0.below.map { $0 > 0 && $0 <= 1 } ?? false })
    else { throw .cascade(.threshold) }
    guard stages.allSatisfy({ $0.share.map { $0 >= 0 && $0 <= 1 } ?? true }) else {
      throw .cascade(.share)
    }
    for stage in stageNetworks {
      guard try NetworkSize(stage).operationCount <= ModelLimits.stageOperationCountMax else {
        throw .cascade(.work)
      }
    }
  }
}

/// A model that is to be a stage of a cascade.
package struct StagedModel: Sendable {
  package var model: Model
  /// See `CascadeStage`.
  package var below: Float?
  package var share: Float?

  package init(_ model: Model, below: Float? = nil, share: Float? = nil) {
    self.model = model
    self.below = below
    self.share = share
  }
}

extension Model {
  /// A cascade of models. What they say about themselves beside their weights is left behind: it
  /// was measured of each alone.
  ///
  /// - Throws: where they make none.
  package init(name: String, cascade stages: [StagedModel]) throws(ModelError) {
    guard stages.allSatisfy(\.model.network.stages.isEmpty) else {
      throw .network(.cascade(.nested))
    }
    self.init(name: name, meanOf: stages.flatMap(\.model.memberModels))
    network.stages = stages.map { stage in
      CascadeStage(
        memberCount: stage.model.network.memberNetworks.count, below: stage.below,
        share: stage.share)
    }
    try validate()
  }
}
