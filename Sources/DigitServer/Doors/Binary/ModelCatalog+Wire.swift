import DigitModel
import DigitWire

/// Models as the binary protocol names them: by handles from 1; 0 stands for the default.
extension ModelCatalog {
  /// Which model serves a request.
  /// - Throws: `UNKNOWN_MODEL`, `UNKNOWN_VERSION`.
  func model(handle: UInt16, version: UInt32) throws(Refusal) -> LoadedModel {
    if version == 0, let model = chosen(ofHandle: handle) { return model }
    let name = try name(handle: handle)
    guard let model = name.model(version: version) else {
      throw Refusal(
        .unknownVersion,
        "expected version \(name.versionList) of \(name.name), or 0, got \(version)")
    }
    return model
  }

  private func name(handle: UInt16) throws(Refusal) -> Name {
    if handle == 0 { return defaultName }
    guard let name = name(ofHandle: handle) else {
      throw Refusal(
        .unknownModel, "expected the handle of a model that is served, or 0, got \(handle)")
    }
    return name
  }

  var entries: [ModelEntry] { names.map(entry) }

  /// - Throws: `UNKNOWN_MODEL`.
  func entries(for request: MetadataRequest) throws(Refusal) -> [ModelEntry] {
    switch request {
    case .all: return entries
    case .one(let handle):
      return [entry(try name(handle: handle))]
    }
  }

  private func entry(_ name: Name) -> ModelEntry {
    let model = name.chosen
    var entry = ModelEntry(
      handle: name.handle, name: name.name, version: model.version,
      isDefault: name.handle == defaultName.handle, isConditioned: model.plan.isConditioned,
      precision: model.precision.onWire, labels: model.labels)
    entry.versions = name.versions.map(\.version)
    entry.problem = name.problem
    entry.rejectionThreshold = model.facts.rejectionThreshold
    return entry
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
