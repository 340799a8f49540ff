import Foundation
import Testing

/// A target as Package.swift declares it for this machine.
struct PackageTarget: Decodable, CustomTestStringConvertible {
  let name: String
  /// The names of the targets and products that it may import.
  let dependencies: Set<String>
  /// From the root, without a slash at its end.
  let path: String

  var testDescription: String { name }

  /// Parts of its folder that are not its own.
  private let excluded: [String]

  /// Its Swift files, also those that it shares with another target by a symbolic link.
  var sources: [SourceTree.File] {
    let folders = folders
    return SourceTree.swift.filter { file in
      folders.contains { file.path.hasPrefix("\($0)/") }
        && !excluded.contains { file.path.hasPrefix("\(path)/\($0)/") }
    }
  }

  /// Its folder, and those to which links in it lead.
  private var folders: [String] {
    let files = FileManager.default
    let entries = (try? files.contentsOfDirectory(atPath: "\(SourceTree.root)/\(path)")) ?? []
    let links = entries.compactMap {
      try? files.destinationOfSymbolicLink(atPath: "\(SourceTree.root)/\(path)/\($0)")
    }
    return [path] + links.map { $0.replacing("../", with: "Sources/") }
  }

  /// All targets, read from the manifest by the package manager itself.
  static let all: [PackageTarget] = {
    do { return try dump().targets } catch { fatalError("cannot read Package.swift: \(error)") }
  }()

  private struct Manifest: Decodable {
    let targets: [PackageTarget]
  }

  private enum CodingKeys: String, CodingKey {
    case name, dependencies, path, type
    case excluded = "exclude"
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let isTest = try container.decode(String.self, forKey: .type) == "test"
    name = try container.decode(String.self, forKey: .name)
    path =
      try container.decodeIfPresent(String.self, forKey: .path)
      ?? "\(isTest ? "Tests" : "Sources")/\(name)"
    excluded = try container.decodeIfPresent([String].self, forKey: .excluded) ?? []
    // {"byName": ["DigitWire", null]}: the kind of dependency, its name and its condition.
    let declared = try container.decode([[String: [String?]]].self, forKey: .dependencies)
    dependencies = Set(declared.flatMap(\.values).compactMap { $0.first ?? nil })
  }

  private static func dump() throws -> Manifest {
    let scratch = FileManager.default.temporaryDirectory.appending(
      path: "digits-manifest-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: scratch) }
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    // A scratch folder of its own: the one of the tests may be locked by whoever runs them.
    process.arguments = [
      "swift", "package", "--package-path", SourceTree.root, "--scratch-path", scratch.path,
      "dump-package",
    ]
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let json = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return try JSONDecoder().decode(Manifest.self, from: json)
  }
}
