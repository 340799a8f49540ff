import DigitModel
import DigitServer
import Foundation
import Testing

/// A folder with two models that are calibrated for nothing.
@Suite final class ModelDirectoryTests {
  private let folder = FileManager.default.temporaryDirectory
    .appending(path: "digits-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for name in ["beta", "alpha"] {
      let path = folder.appending(path: "\(name).safetensors").path
      try TestModels.model(name, units: 8).write(to: path)
    }
    try Data().write(to: folder.appending(path: "alpha.json"))
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func rules(_ texts: String...) -> [PrecisionRule] {
    texts.compactMap { PrecisionRule(parsing: $0) }
  }

  @Test func `models are known by name before they are loaded, and loaded in that order`() throws {
    let directory = try ModelDirectory(folder.path)
    #expect(directory.modelNames == ["alpha", "beta"])
    var told: [String] = []
    let models = try directory.load(imagesPerBatchMax: 4) { model, _ in told.append(model.name) }
    #expect(models.map(\.name) == ["alpha", "beta"] && told == ["alpha", "beta"])
    #expect(models.map(\.precision) == [.float32, .float32])
  }

  @Test func `a model that is not calibrated for its precision is named, and what to do`() throws {
    let directory = try ModelDirectory(folder.path)
    let file = folder.appending(path: "beta.safetensors").path
    let expected = ModelDirectory.LoadError.notCalibrated(
      file: file, model: "beta", precision: .int8)
    #expect(throws: expected) {
      try directory.load(precisions: self.rules("beta=int8"), imagesPerBatchMax: 4)
    }
    #expect(
      expected.description == """
        cannot serve '\(file)' in int8: it is not calibrated for that; calibrate it with \
        'digitlab calibrate', or serve it in f32 with --precision beta=f32
        """)
  }

  @Test func `a folder that is none is told apart from one that is not there`() {
    let file = folder.appending(path: "alpha.json").path
    let cases = [
      (file, "expected a folder, got a file; name the folder that holds it with --models"),
      (folder.path + "/none", "there is none; name another with --models"),
    ]
    for (path, reason) in cases {
      #expect(throws: ModelDirectory.LoadError.unreadable(directory: path, reason: reason)) {
        try ModelDirectory(path)
      }
    }
  }

  @Test func `only the rule that counts for a model decides`() throws {
    let models = try ModelDirectory(folder.path).load(
      precisions: rules("alpha=f32", "int8", "beta=int8", "beta=f32"), imagesPerBatchMax: 4)
    #expect(models.map(\.precision) == [.float32, .float32])
  }
}
