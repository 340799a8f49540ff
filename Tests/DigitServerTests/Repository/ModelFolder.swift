import DigitFiles
import DigitModel
import DigitServer
import Foundation

/// A folder of models for as long as a test needs it.
final class ModelFolder: Sendable {
  let url = FileManager.default.temporaryDirectory.appending(path: "digits-\(UUID().uuidString)")
  var path: String { url.path }

  init() throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ file: String) -> String { url.appending(path: file).path }

  /// - Parameters:
  ///   - file: `m.safetensors`, `m/2/model.safetensors`.
  ///   - units: what tells the model from others.
  func write(_ file: String, units: Int = 8, classes: Int = 10) throws {
    let folder = url.appending(path: file).deletingLastPathComponent()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try TestModels.model("m", units: units, classes: classes).write(to: path(file))
  }

  func write(_ text: String, to file: String) throws {
    try Data(text.utf8).write(to: url.appending(path: file))
  }

  func remove(_ file: String) throws {
    try FileManager.default.removeItem(at: url.appending(path: file))
  }

  /// Leaves the first bytes of a file.
  func truncate(_ file: String, to byteCount: Int) throws {
    let content = try Data(contentsOf: url.appending(path: file))
    try content.prefix(byteCount).write(to: url.appending(path: file))
  }

  func sha256(_ file: String) throws -> String {
    SHA256.hexDigest(of: [UInt8](try Data(contentsOf: url.appending(path: file))))
  }

  /// Writes the card of a file.
  func writeCard(
    of file: String, hash: String? = nil, accuracy: Double = 0.99, selfTest: SelfTest? = nil
  ) throws {
    let test = try selfTest.map { record in
      #","self_test":"# + String(decoding: try JSONEncoder().encode(record), as: UTF8.self)
    }
    let hash = try hash ?? sha256(file)
    try write(
      #"{"test":{"accuracy":\#(accuracy)},"weights_sha256":"\#(hash)","more":[1]\#(test ?? "")}"#,
      to: file.replacing(".safetensors", with: ".json"))
  }

  func repository(
    precisions: [String] = [], defaultName: String? = nil,
    log: Log = Log(level: .error) { _ in }
  ) throws -> ModelRepository {
    var configuration = ModelRepository.Configuration(directory: path, imagesPerBatchMax: 64)
    configuration.precisions = precisions.compactMap { PrecisionRule(parsing: $0) }
    configuration.defaultName = defaultName
    return try ModelRepository(configuration, log: log)
  }
}
