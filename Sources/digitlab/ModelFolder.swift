import DigitFiles
import DigitModel
import FileAccess
import Foundation
import ProgramShell

extension Model {
  /// Of the file as it lies there, in hexadecimal.
  static func weightsSHA256(_ path: String) throws -> String {
    SHA256.hexDigest(
      of: try InputFile.read(path, limit: ModelLimits.fileByteCountMax, kinds: .files))
  }

  /// Reads a model by its name in a folder, or from the path of a .safetensors file.
  init(named name: String, in folder: String) throws {
    let path = Self.path(name, in: folder)
    guard FileManager.default.fileExists(atPath: path) else {
      let names = Self.names(in: folder)
      throw Failure(
        "expected a model at \(path), but there is none; \(folder) holds "
          + (names.isEmpty ? "no models" : names.joined(separator: ", ")))
    }
    try self.init(contentsOf: path)
  }

  /// Of a name in a folder, or itself of a path.
  static func path(_ name: String, in folder: String) -> String {
    let isPath = name.contains("/") || name.hasSuffix(".safetensors")
    return isPath ? name : "\(folder)/\(name).safetensors"
  }

  /// The model that digitd would serve by default.
  static func firstName(in folder: String) throws -> String {
    guard let first = names(in: folder).first else {
      throw Failure("expected a model in \(folder), but it holds none: name one with --model")
    }
    return first
  }

  private static func names(in folder: String) -> [String] {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return entries.filter { $0.hasSuffix(".safetensors") && !$0.hasPrefix(".") }.sorted()
      .map { String($0.dropLast(".safetensors".count)) }
  }
}
