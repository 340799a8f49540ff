import DigitWire

/// The models that a connection can ask for: their handles are their places in the list, from 1.
struct ModelCatalog {
  let models: [LoadedModel]
  private let defaultIndex: Int

  /// - Parameter defaultName: the first model where nil.
  /// - Precondition: not empty, and the default is among the models.
  init(_ models: [LoadedModel], defaultName: String?) {
    precondition(!models.isEmpty)
    self.models = models
    guard let defaultName else {
      defaultIndex = 0
      return
    }
    defaultIndex = models.firstIndex { $0.name == defaultName }!
  }

  /// Which model serves a request.
  /// - Throws: `UNKNOWN_MODEL`, `UNKNOWN_VERSION`.
  func index(handle: UInt16, version: UInt32) throws(Refusal) -> Int {
    guard handle <= models.count else {
      throw Refusal(
        .unknownModel, "expected a model handle from 0 to \(models.count), got \(handle)")
    }
    let index = handle == 0 ? defaultIndex : Int(handle) - 1
    let model = models[index]
    guard version == 0 || version == model.version else {
      throw Refusal(
        .unknownVersion,
        "expected version \(model.version) of \(model.name), or 0, got \(version)")
    }
    return index
  }

  var entries: [ModelEntry] { models.indices.map(entry) }

  /// - Throws: `UNKNOWN_MODEL`.
  func entries(for request: MetadataRequest) throws(Refusal) -> [ModelEntry] {
    switch request {
    case .all: entries
    case .one(let handle): [entry(try index(handle: handle, version: 0))]
    }
  }

  private func entry(_ index: Int) -> ModelEntry {
    let model = models[index]
    return ModelEntry(
      handle: UInt16(index + 1), name: model.name, version: model.version,
      isDefault: index == defaultIndex, isConditioned: model.plan.isConditioned,
      precision: model.precision.onWire,
      labels: (0..<model.plan.classCount).map(String.init))
  }
}
