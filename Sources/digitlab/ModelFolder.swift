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

  /// The model that digitd would serve by default: what the folder's index names, or else the
  /// first.
  static func defaultName(in folder: String) throws -> String {
    let names = names(in: folder)
    guard let first = names.first else {
      throw Failure("expected a model in \(folder), but it holds none: name one with --model")
    }
    // What else the index may have, aliases and folders of versions, is the server's.
    let path = "\(folder)/models.json"
    guard let bytes = try? InputFile.read(path, limit: indexByteCountMax, kinds: .files),
      let indexed = try? JSONDecoder().decode(FolderIndex.self, from: Data(bytes)).default
    else { return first }
    return names.contains(indexed) ? indexed : first
  }

  private static var indexByteCountMax: Int { 64 << 10 }

  /// As much of a model folder's index as concerns its default.
  private struct FolderIndex: Decodable { var `default`: String }

  private static func names(in folder: String) -> [String] {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return entries.filter { $0.hasSuffix(".safetensors") && !$0.hasPrefix(".") }.sorted()
      .map { String($0.dropLast(".safetensors".count)) }
  }
}
