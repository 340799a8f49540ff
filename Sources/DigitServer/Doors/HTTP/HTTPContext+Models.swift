import DigitHTTP

/// Models as HTTP clients name them.
extension HTTPContext {
  /// - Parameters:
  ///   - name: a model or an alias; the default model where nil.
  ///   - version: the one that is chosen for the name where nil.
  /// - Throws: 404.
  func model(named name: String?, version: UInt32?) throws(HTTPProblem) -> LoadedModel {
    try model(of: try self.name(name), version: version)
  }

  private func name(_ name: String?) throws(HTTPProblem) -> ModelCatalog.Name {
    guard let name else { return loop.catalog.defaultName }
    if let known = loop.catalog.named(name) { return known }
    let names = loop.catalog.names.map(\.name).joined(separator: ", ")
    throw HTTPProblem(
      .notFound, code: "unknown_model", "expected one of the models \(names), got '\(name)'")
  }

  private func model(
    of name: ModelCatalog.Name, version: UInt32?
  ) throws(HTTPProblem) -> LoadedModel {
    guard let version else { return name.chosen }
    // 0 is no version here, and stands for none.
    if version > 0, let model = name.model(version: version) { return model }
    throw HTTPProblem(
      .notFound, code: "unknown_version",
      "expected version \(name.versionList) of \(name.name), got \(version)")
  }

  /// - Throws: 404.
  func servedModel(_ path: HTTPRoute.ModelPath) throws(HTTPProblem) -> ServedModel {
    let name = try name(path.name)
    var served = served(name, try model(of: name, version: path.version))
    if path.version != nil { served.versions = [served.version] }
    return served
  }

  /// By the names that requests have for them.
  func servedModels() -> [ServedModel] { loop.catalog.names.map { served($0, $0.chosen) } }

  /// Every version of every model.
  func servedVersions() -> [ServedModel] {
    loop.catalog.models.map { served(loop.catalog.named($0.name)!, $0) }
  }

  private func served(_ name: ModelCatalog.Name, _ model: LoadedModel) -> ServedModel {
    var served = ServedModel(
      name: name.name, version: model.version,
      isDefault: name.handle == loop.catalog.defaultName.handle,
      precision: model.precision.rawValue, isConditioned: model.plan.isConditioned,
      labels: model.labels, accuracy: model.facts.accuracy,
      parameterCount: model.facts.parameterCount, byteCount: model.facts.byteCount,
      counters: loop.figures.counters(of: model))
    served.versions = name.versions.map(\.version)
    served.rejectionThreshold = model.facts.rejectionThreshold
    return served
  }

  /// What is served, and what lies in the folder and is not, with the reason.
  func indexedModels() -> [IndexedModel] {
    var refusals = loop.catalog.refusals
    let served = loop.catalog.models.map { model in
      let reason = refusals.first { $0.name == model.name && $0.version == model.version }
      refusals.removeAll { $0 == reason }
      return IndexedModel(
        name: model.name, version: model.version, isServed: true, reason: reason?.reason ?? "")
    }
    return served
      + refusals.map {
        IndexedModel(name: $0.name, version: $0.version, isServed: false, reason: $0.reason)
      }
  }
}
