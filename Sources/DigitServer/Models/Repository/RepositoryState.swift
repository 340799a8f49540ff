/// What a repository serves, and what becomes of it when its folder is looked at again. Pure: files
/// are read between `stale` and `settle`.
///
/// What is refused leaves what was served before: a version its old file, an alias its old version.
struct RepositoryState {
  private var held: [ModelKey: ModelLoader.Loaded] = [:]
  private var aliases: [ModelAlias] = []
  private var defaultName: String?
  /// Names that clients have had unloaded.
  private var unloaded: Set<String> = []
  /// What the command line says; it goes before the index.
  private let fixedDefault: String?

  init(fixedDefault: String?) { self.fixedDefault = fixedDefault }

  /// What was made of the last file of a version that was loaded.
  func loaded(_ key: ModelKey) -> ModelLoader.Loaded? { held[key] }

  /// - Returns: false where the command names a model that is neither served nor unloaded already.
  mutating func take(_ command: RepositoryCommand) -> Bool {
    switch command {
    case .reload: break
    case .load(let name): unloaded.remove(name)
    case .unload(let name):
      guard unloaded.contains(name) || held.keys.contains(where: { $0.name == name }) else {
        return false
      }
      unloaded.insert(name)
    }
    return true
  }

  /// Those whose files have changed, or could not be loaded last time.
  func stale(_ scan: RepositoryScan) -> [ModelSource] {
    scan.sources.filter { source in
      !unloaded.contains(source.key.name) && held[source.key]?.file != source.file
    }
  }

  typealias Loads = [ModelKey: Result<ModelLoader.Loaded, ModelLoadError>]

  struct Settled {
    var served: ServedModels
    /// Versions that are served since, or served anew.
    var loaded: [LoadedModel] = []
    /// Versions that are served no longer.
    var removed: [ModelKey] = []
    var hasOtherNames = false
  }

  /// - Parameter loads: of what was stale.
  /// - Returns: nil where nothing would be left to serve; everything stays as it was then.
  mutating func settle(_ scan: RepositoryScan, _ loads: Loads) -> Settled? {
    var refusals = scan.refusals
    let next = versions(scan, loads, &refusals)
    guard !next.isEmpty else { return nil }
    let names = Set(next.keys.map(\.name))
    let nextAliases = aliases(scan.index, next, &refusals)
    let served = names.union(nextAliases.filter { !$0.isDefault }.map(\.fullName))
    let nextDefault = defaultName(scan.index, served, &refusals)
    let keys = next.keys.sorted()
    let settled = Settled(
      served: ServedModels(
        keys.map { next[$0]!.model }, aliases: nextAliases, refusals: refusals,
        defaultName: nextDefault),
      loaded: keys.filter { held[$0]?.model !== next[$0]!.model }.map { next[$0]!.model },
      removed: held.keys.filter { next[$0] == nil }.sorted(),
      hasOtherNames: nextAliases != aliases || nextDefault != defaultName)
    (held, aliases, defaultName) = (next, nextAliases, nextDefault)
    return settled
  }

  private func versions(
    _ scan: RepositoryScan, _ loads: Loads, _ refusals: inout [ModelRefusal]
  ) -> [ModelKey: ModelLoader.Loaded] {
    var next: [ModelKey: ModelLoader.Loaded] = [:]
    for key in scan.refusals.compactMap({ refusal in
      refusal.version.map { ModelKey(refusal.name, $0) }
    }) where !unloaded.contains(key.name) {
      next[key] = held[key]
    }
    for key in scan.sources.map(\.key) where !unloaded.contains(key.name) {
      next[key] = held[key]
      let reason: String
      switch loads[key] {
      case nil: continue
      case .failure(let error): reason = error.description
      case .success(let loaded):
        guard let problem = mismatch(loaded.model, next) else {
          next[key] = loaded
          continue
        }
        reason = problem
      }
      refusals.append(ModelRefusal(name: key.name, version: key.version, reason: reason))
    }
    return next
  }

  /// Clients read answers of any version by what they know of the name.
  private func mismatch(
    _ model: LoadedModel, _ next: [ModelKey: ModelLoader.Loaded]
  ) -> String? {
    let others = Array(held.values) + Array(next.values)
    guard let other = others.first(where: { $0.model.name == model.name })?.model,
      other.plan.classCount != model.plan.classCount
    else { return nil }
    return "expected \(other.plan.classCount) classes, as the versions that are served have, got "
      + "\(model.plan.classCount): serve it under another name"
  }

  private func aliases(
    _ index: RepositoryIndex?, _ next: [ModelKey: ModelLoader.Loaded],
    _ refusals: inout [ModelRefusal]
  ) -> [ModelAlias] {
    var result: [ModelAlias] = []
    for alias in index?.aliases ?? aliases where !unloaded.contains(alias.model) {
      guard let reason = problem(of: alias, next) else {
        result.append(alias)
        continue
      }
      refusals.append(ModelRefusal(name: alias.model, version: nil, reason: reason))
      let old = aliases.first { $0.model == alias.model && $0.alias == alias.alias }
      if let old, problem(of: old, next) == nil { result.append(old) }
    }
    return result
  }

  private func problem(
    of alias: ModelAlias, _ next: [ModelKey: ModelLoader.Loaded]
  ) -> String? {
    guard next[ModelKey(alias.model, alias.version)] != nil else {
      return "expected version \(alias.version) for the alias '\(alias.alias)', got none that is "
        + "served"
    }
    let byteCount = alias.fullName.utf8.count
    return byteCount > RepositoryScan.nameByteCountMax
      ? "expected at most \(RepositoryScan.nameByteCountMax) bytes as '\(alias.fullName)', got "
        + "\(byteCount)" : nil
  }

  private func defaultName(
    _ index: RepositoryIndex?, _ served: Set<String>, _ refusals: inout [ModelRefusal]
  ) -> String? {
    let wanted = fixedDefault ?? (index == nil ? defaultName : index?.defaultName)
    guard let wanted, !served.contains(wanted) else { return wanted }
    let model = wanted.prefix { $0 != ModelAlias.separator }
    if !unloaded.contains(String(model)) {
      refusals.append(
        ModelRefusal(
          name: wanted, version: nil,
          reason: "expected a default model that is served, got one that is not"))
    }
    return defaultName.flatMap { served.contains($0) ? $0 : nil }
  }
}
