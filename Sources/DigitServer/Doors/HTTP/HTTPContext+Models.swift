import DigitHTTP

/// Models as HTTP clients name them.
extension HTTPContext {
  /// - Parameters:
  ///   - name: the default model where nil.
  ///   - version: the one that is served where nil.
  /// - Throws: 404.
  func model(named name: String?, version: UInt32?) throws(HTTPProblem) -> LoadedModel {
    guard let name else { return loop.catalog.defaultModel }
    guard let model = loop.catalog.model(named: name) else {
      let names = loop.catalog.models.map(\.name).joined(separator: ", ")
      throw HTTPProblem(
        .notFound, code: "unknown_model", "expected one of the models \(names), got '\(name)'")
    }
    if let version, version != model.version {
      throw HTTPProblem(
        .notFound, code: "unknown_version",
        "expected version \(model.version) of \(model.name), got \(version)")
    }
    return model
  }

  /// - Throws: 404.
  func servedModel(_ path: HTTPRoute.ModelPath) throws(HTTPProblem) -> ServedModel {
    served(try model(named: path.name, version: path.version))
  }

  func servedModels() -> [ServedModel] { loop.catalog.models.map(served) }

  private func served(_ model: LoadedModel) -> ServedModel {
    ServedModel(
      name: model.name, version: model.version, isDefault: model === loop.catalog.defaultModel,
      precision: model.precision.rawValue, isConditioned: model.plan.isConditioned,
      labels: model.labels, accuracy: model.facts.accuracy,
      parameterCount: model.facts.parameterCount, byteCount: model.facts.byteCount,
      counters: loop.figures.counters(of: model))
  }
}
