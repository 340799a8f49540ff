import DigitModel
import Foundation

extension Model {
  /// Reads a model by its name in a folder, or from the path of a .safetensors file.
  init(named name: String, in folder: String) throws {
    let isPath = name.contains("/") || name.hasSuffix(".safetensors")
    let path = isPath ? name : "\(folder)/\(name).safetensors"
    guard FileManager.default.fileExists(atPath: path) else {
      let entries = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      let names = entries.filter { $0.hasSuffix(".safetensors") }.sorted()
        .map { $0.dropLast(".safetensors".count) }
      throw Failure(
        "expected a model at \(path), but there is none; \(folder) holds "
          + (names.isEmpty ? "no models" : names.joined(separator: ", ")))
    }
    try self.init(contentsOf: path)
  }
}
