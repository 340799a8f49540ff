import DigitModel
import DigitWire
import Foundation

/// The models in a folder: every `<name>.safetensors` in it, by name.
package enum ModelDirectory {
  package enum LoadError: Error, Equatable, CustomStringConvertible {
    case unreadable(directory: String, reason: String)
    case empty(directory: String)
    case invalid(file: String, reason: String)
    case unsupportedShape(file: String, pixels: Int, classes: Int)

    package var description: String {
      switch self {
      case .unreadable(let directory, let reason):
        "cannot read the model folder '\(directory)': \(reason)"
      case .empty(let directory):
        "expected at least one .safetensors file in '\(directory)', got none: "
          + "train a model with digitlab, or name another folder with --models"
      case .invalid(let file, let reason): "cannot load '\(file)': \(reason)"
      case .unsupportedShape(let file, let pixels, let classes):
        "cannot serve '\(file)': expected 784 pixels and at most "
          + "\(ImageSlab.classCountMax) classes, got \(pixels) and \(classes)"
      }
    }
  }

  private static let suffix = ".safetensors"
  /// So that WELCOME, which lists them all, stays small.
  private static let modelCountMax = 64

  /// Reads, compiles and warms every model of `directory`.
  /// - Throws: `LoadError`.
  package static func load(
    _ directory: String, imagesPerBatchMax: Int,
    loaded: (LoadedModel, Duration) -> Void = { _, _ in }
  ) throws -> [LoadedModel] {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: directory)
    } catch {
      let exists = FileManager.default.fileExists(atPath: directory)
      throw LoadError.unreadable(
        directory: directory,
        reason: exists ? error.localizedDescription : "there is none; name another with --models")
    }
    let files = names.filter { $0.hasSuffix(suffix) && !$0.hasPrefix(".") }
      .sorted { $0.dropLast(suffix.count) < $1.dropLast(suffix.count) }
    guard !files.isEmpty else { throw LoadError.empty(directory: directory) }
    guard files.count <= modelCountMax else {
      throw LoadError.unreadable(
        directory: directory,
        reason: "expected at most \(modelCountMax) models, got \(files.count)")
    }
    return try files.map { file in
      let path = directory + "/" + file
      var model: LoadedModel?
      let time = try ContinuousClock().measure {
        model = try load(
          path, name: String(file.dropLast(suffix.count)), imagesPerBatchMax: imagesPerBatchMax)
      }
      loaded(model!, time)
      return model!
    }
  }

  private static func load(
    _ path: String, name: String, imagesPerBatchMax: Int
  ) throws -> LoadedModel {
    guard (1...ProtocolLimits.modelNameByteCountMax).contains(name.utf8.count) else {
      throw LoadError.invalid(
        file: path,
        reason: "expected a name of 1 to \(ProtocolLimits.modelNameByteCountMax) bytes, "
          + "got \(name.utf8.count)")
    }
    let plan: Plan
    do {
      plan = try Plan(Model(contentsOf: path), maximumBatch: imagesPerBatchMax)
    } catch {
      throw LoadError.invalid(file: path, reason: "\(error)")
    }
    guard plan.pixelCount == 784, plan.classCount <= ImageSlab.classCountMax else {
      throw LoadError.unsupportedShape(
        file: path, pixels: plan.pixelCount, classes: plan.classCount)
    }
    return LoadedModel(name: name, plan: plan)
  }
}
