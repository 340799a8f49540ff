/// The models that are served at one time, and the names that requests have for them. Immutable:
/// when models change, each loop gets another catalog, and requests keep the models they began
/// with.
package final class ModelCatalog: Sendable {
  /// What a request names: a model, or an alias of one of its versions, as `cnn-28:canary`.
  package struct Name: Sendable {
    package let name: String
    /// How the binary protocol names it: the same in each catalog, so that clients may keep it.
    package let handle: UInt16
    /// Those that may be asked for, in ascending order; not empty.
    package let versions: [LoadedModel]
    /// What serves requests that name no version.
    package let chosen: LoadedModel
    /// Why files of it are not served; nil where all are.
    package let problem: String?
  }

  /// Models first, then aliases, each in the order in which doors list them.
  package let names: [Name]
  /// Every version of every model, once.
  package let models: [LoadedModel]
  /// What lies in the model folder and is not served, or not as it lies there.
  package let refusals: [ModelRefusal]
  private let defaultIndex: Int
  /// Of every name that was ever served. A handle is never given to another name.
  private let handles: [String: UInt16]
  /// Where the name of each handle stands, from handle 1 on; nil where it is not served now.
  private let positions: [Int?]
  /// What serves requests that name no version, by handle, from the default's 0 on.
  private let chosen: [LoadedModel?]

  /// The protocol keeps 0 for the default and `0xFFFF` for all.
  static let handleMax: UInt16 = 0xFFFE

  /// - Parameter previous: whose names keep their handles.
  /// - Precondition: `served` is not empty, its default is among its names, and its aliases are of
  ///   versions that are among its models.
  package init(_ served: ServedModels, after previous: ModelCatalog? = nil) {
    models = served.models
    refusals = served.refusals
    precondition(!models.isEmpty)
    var handles = previous?.handles ?? [:]
    var names: [Name] = []
    func add(_ name: String, _ versions: [LoadedModel], chosen: LoadedModel, of model: String) {
      let handle = handles[name] ?? UInt16(handles.count + 1)
      precondition(handle <= Self.handleMax, "a handle names one model for ever")
      handles[name] = handle
      let reasons = served.refusals.filter { $0.name == model }.map(\.reason)
      names.append(
        Name(
          name: name, handle: handle, versions: versions, chosen: chosen,
          problem: reasons.isEmpty ? nil : reasons.joined(separator: "; ")))
    }
    for (name, versions) in Self.grouped(served.models) {
      let chosen = served.aliases.first { $0.model == name && $0.isDefault }
      let model = versions.first { $0.version == chosen?.version } ?? versions[versions.count - 1]
      add(name, versions, chosen: model, of: name)
    }
    for alias in served.aliases where !alias.isDefault {
      let model = served.models.first { $0.name == alias.model && $0.version == alias.version }!
      add(alias.fullName, [model], chosen: model, of: alias.model)
    }
    self.names = names
    self.handles = handles
    positions = (1...handles.count).map { handle in
      names.firstIndex { Int($0.handle) == handle }
    }
    defaultIndex = served.defaultName.map { name in names.firstIndex { $0.name == name }! } ?? 0
    chosen = [names[defaultIndex].chosen] + positions.map { $0.map { names[$0].chosen } }
  }

  /// Each model's versions, in ascending order.
  private static func grouped(
    _ models: [LoadedModel]
  ) -> [(name: String, versions: [LoadedModel])] {
    var groups: [(name: String, versions: [LoadedModel])] = []
    for model in models {
      if let index = groups.firstIndex(where: { $0.name == model.name }) {
        groups[index].versions.append(model)
      } else {
        groups.append((model.name, [model]))
      }
    }
    return groups.map { ($0.name, $0.versions.sorted { $0.version < $1.version }) }
  }

  /// What serves requests that name no model.
  package var defaultName: Name { names[defaultIndex] }
  package var defaultModel: LoadedModel { defaultName.chosen }

  /// Few are served: a search costs less than a table.
  package func named(_ name: String) -> Name? { names.first { $0.name == name } }

  /// - Parameter handle: from 1.
  package func name(ofHandle handle: UInt16) -> Name? {
    guard (1...positions.count).contains(Int(handle)) else { return nil }
    return positions[Int(handle) - 1].map { names[$0] }
  }

  /// What serves a request that names no version; nil where nothing has the handle now.
  func chosen(ofHandle handle: UInt16) -> LoadedModel? {
    chosen.indices.contains(Int(handle)) ? chosen[Int(handle)] : nil
  }

  /// Whether there are handles for the names of a later catalog.
  func hasHandles(for served: ServedModels) -> Bool {
    served.names.count { handles[$0] == nil } <= Int(Self.handleMax) - handles.count
  }
}

/// What is to be served: models, names for them, and what is told of those that are not.
package struct ServedModels: Sendable {
  /// In the order in which doors list them; each name and version once.
  package var models: [LoadedModel]
  package var aliases: [ModelAlias]
  package var refusals: [ModelRefusal]
  /// A model's name or an alias; the first model's where nil.
  package var defaultName: String?

  package init(
    _ models: [LoadedModel], aliases: [ModelAlias] = [], refusals: [ModelRefusal] = [],
    defaultName: String? = nil
  ) {
    self.models = models
    self.aliases = aliases
    self.refusals = refusals
    self.defaultName = defaultName
  }

  /// Of models and aliases.
  var names: Set<String> {
    Set(models.map(\.name) + aliases.filter { !$0.isDefault }.map(\.fullName))
  }
}

extension ModelCatalog.Name {
  /// - Parameter version: 0 for the one that is chosen here.
  package func model(version: UInt32) -> LoadedModel? {
    version == 0 ? chosen : versions.first { $0.version == version }
  }

  /// "1, 2", for messages.
  var versionList: String { versions.map { "\($0.version)" }.joined(separator: ", ") }
}

/// A name for one version of a model, beside its number.
package struct ModelAlias: Equatable, Sendable {
  package var model: String
  package var alias: String
  package var version: UInt32

  package init(model: String, alias: String, version: UInt32) {
    self.model = model
    self.alias = alias
    self.version = version
  }

  /// The alias that says which version serves requests for the model that name none.
  static let defaultAlias = "default"
  static let separator: Character = ":"

  var isDefault: Bool { alias == Self.defaultAlias }
  var fullName: String { "\(model)\(Self.separator)\(alias)" }
}

/// Something in the model folder that is not served, or not as it lies there.
package struct ModelRefusal: Equatable, Sendable {
  package var name: String
  /// Nil where it is about an alias, or what has no version.
  package var version: UInt32?
  /// One sentence, without the model's name.
  package var reason: String

  package init(name: String, version: UInt32?, reason: String) {
    self.name = name
    self.version = version
    self.reason = reason
  }

  /// For people: "cnn-28 version 2: …".
  var sentence: String { name + (version.map { " version \($0)" } ?? "") + ": " + reason }
}
