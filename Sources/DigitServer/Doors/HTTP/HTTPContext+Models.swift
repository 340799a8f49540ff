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
    let totals = loop.figures.modelTotals.first {
      $0.name == model.name && $0.version == model.version
    }
    return ServedModel(
      name: model.name, version: model.version, isDefault: model === loop.catalog.defaultModel,
      precision: model.precision.rawValue, isConditioned: model.plan.isConditioned,
      labels: model.labels, accuracy: model.facts.accuracy,
      parameterCount: model.facts.parameterCount, byteCount: model.facts.byteCount,
      counters: totals.map(ServedModel.Counters.init) ?? ServedModel.Counters())
  }
}

extension ServedModel.Counters {
  fileprivate init(_ totals: ModelTotals) {
    self.init()
    answeredCount = totals.count(of: .answered)
    failedCount = [.refused, .deadlineExceeded, .failed].reduce(0) { $0 + totals.count(of: $1) }
    imageCount = totals.imageCount
    batchCount = totals.batchCount
    totalMicroseconds = totals.requestNanoseconds / 1_000
    queueMicroseconds = totals.queueNanoseconds / 1_000
    computeMicroseconds = totals.computeNanoseconds / 1_000
  }
}
