import DigitModel
import DigitWire

/// Models as the binary protocol names them: a handle is a position in the catalog, from 1; 0
/// stands for the default.
extension ModelCatalog {
  /// Which model serves a request.
  /// - Throws: `UNKNOWN_MODEL`, `UNKNOWN_VERSION`.
  func model(handle: UInt16, version: UInt32) throws(Refusal) -> LoadedModel {
    let model = try model(handle: handle)
    guard version == 0 || version == model.version else {
      throw Refusal(
        .unknownVersion,
        "expected version \(model.version) of \(model.name), or 0, got \(version)")
    }
    return model
  }

  private func model(handle: UInt16) throws(Refusal) -> LoadedModel {
    guard handle <= models.count else {
      throw Refusal(
        .unknownModel, "expected a model handle from 0 to \(models.count), got \(handle)")
    }
    return handle == 0 ? defaultModel : models[Int(handle) - 1]
  }

  var entries: [ModelEntry] { models.indices.map(entry) }

  /// - Throws: `UNKNOWN_MODEL`.
  func entries(for request: MetadataRequest) throws(Refusal) -> [ModelEntry] {
    switch request {
    case .all: return entries
    case .one(let handle):
      let model = try model(handle: handle)
      return [entry(models.firstIndex { $0 === model }!)]
    }
  }

  private func entry(_ index: Int) -> ModelEntry {
    let model = models[index]
    return ModelEntry(
      handle: UInt16(index + 1), name: model.name, version: model.version,
      isDefault: isDefault(index), isConditioned: model.plan.isConditioned,
      precision: model.precision.onWire,
      labels: model.labels)
  }
}

extension DigitModel.Precision {
  /// As the protocol tells it.
  package var onWire: DigitWire.Precision {
    switch self {
    case .float32: .float32
    case .bfloat16: .bfloat16
    case .int8: .int8
    }
  }
}

extension DigitWire.PixelType {
  var ofModel: DigitModel.PixelType {
    switch self {
    case .uint8: .uint8
    case .float32: .float32
    }
  }
}
