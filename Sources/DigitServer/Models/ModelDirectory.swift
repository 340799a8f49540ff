import DigitModel
import DigitWire
import Foundation

/// The models in a folder: every `<name>.safetensors` in it, by name.
package struct ModelDirectory {
  package enum LoadError: Error, Equatable, CustomStringConvertible {
    case unreadable(directory: String, reason: String)
    case empty(directory: String)
    case invalid(file: String, reason: String)
    case notCalibrated(file: String, model: String, precision: DigitModel.Precision)
    case unsupportedShape(file: String, pixels: Int, classes: Int)

    package var description: String {
      switch self {
      case .unreadable(let directory, let reason):
        "cannot read the model folder '\(directory)': \(reason)"
      case .empty(let directory):
        "expected at least one .safetensors file in '\(directory)', got none: "
          + "train a model with digitlab, or name another folder with --models"
      case .invalid(let file, let reason): "cannot load '\(file)': \(reason)"
      case .notCalibrated(let file, let model, let precision):
        "cannot serve '\(file)' in \(precision.rawValue): it is not calibrated for that; "
          + "calibrate it with 'digitlab calibrate', or serve it in f32 with "
          + "--precision \(model)=f32"
      case .unsupportedShape(let file, let pixels, let classes):
        "cannot serve '\(file)': expected 784 pixels and at most "
          + "\(ImageSlab.classCountMax) classes, got \(pixels) and \(classes)"
      }
    }
  }

  private static let suffix = ".safetensors"
  /// So that WELCOME, which lists them all, stays small.
  private static let modelCountMax = 64

  private let path: String
  /// The models' names, in order.
  package let modelNames: [String]

  /// Looks what models there are, and reads none of them.
  package init(_ path: String) throws(LoadError) {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: path)
    } catch {
      throw .unreadable(directory: path, reason: Self.reasonUnreadable(path))
    }
    self.path = path
    modelNames = names.filter { $0.hasSuffix(Self.suffix) && !$0.hasPrefix(".") }
      .map { String($0.dropLast(Self.suffix.count)) }.sorted()
    guard !modelNames.isEmpty else { throw .empty(directory: path) }
    guard modelNames.count <= Self.modelCountMax else {
      throw .unreadable(
        directory: path,
        reason: "expected at most \(Self.modelCountMax) models, got \(modelNames.count)")
    }
  }

  private static func reasonUnreadable(_ path: String) -> String {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      return "there is none; name another with --models"
    }
    guard isDirectory.boolValue else {
      return "expected a folder, got a file; name the folder that holds it with --models"
    }
    return "this user may not list it; change its mode or name another with --models"
  }

  /// Reads, compiles and warms every model.
  package func load(
    precisions: [PrecisionRule] = [], imagesPerBatchMax: Int,
    loaded: (LoadedModel, Duration) -> Void = { _, _ in }
  ) throws(LoadError) -> [LoadedModel] {
    var models: [LoadedModel] = []
    for name in modelNames {
      let began = ContinuousClock.now
      let plan = try plan(name, precisions.precision(for: name), imagesPerBatchMax)
      let facts = ModelFacts(
        weightsPath: path(of: name), network: plan.network, precision: plan.precision)
      let model = LoadedModel(name: name, plan: plan, facts: facts)
      loaded(model, ContinuousClock.now - began)
      models.append(model)
    }
    return models
  }

  private func path(of name: String) -> String { "\(path)/\(name)\(Self.suffix)" }

  private func plan(
    _ name: String, _ precision: DigitModel.Precision, _ imagesPerBatchMax: Int
  ) throws(LoadError) -> Plan {
    let file = path(of: name)
    guard (1...ProtocolLimits.modelNameByteCountMax).contains(name.utf8.count) else {
      throw .invalid(
        file: file,
        reason: "expected a name of 1 to \(ProtocolLimits.modelNameByteCountMax) bytes, "
          + "got \(name.utf8.count)")
    }
    let plan: Plan
    do {
      plan = try Plan(
        Model(contentsOf: file), precision: precision, maximumBatch: imagesPerBatchMax)
    } catch ModelError.notCalibrated(let precision) {
      throw .notCalibrated(file: file, model: name, precision: precision)
    } catch {
      throw .invalid(file: file, reason: "\(error)")
    }
    guard plan.pixelCount == 784, plan.classCount <= ImageSlab.classCountMax else {
      throw .unsupportedShape(file: file, pixels: plan.pixelCount, classes: plan.classCount)
    }
    return plan
  }
}
