import Foundation

/// Where the programs look for what ships with them: the models, and the MNIST test images.
///
/// A checkout has them in folders of its own, which count in the current folder; what somebody has
/// put into `$XDG_DATA_HOME/digits` goes before what is installed, `PREFIX/share/digits` for the
/// program `PREFIX/bin/digitd`.
package struct DataPlaces: Sendable {
  private let environment: [String: String]
  /// The running program's file, without symbolic links; nil where the system does not tell.
  private let executable: String?

  package init(environment: [String: String], executable: String?) {
    self.environment = environment
    self.executable = executable
  }

  /// This process's.
  package static var ofProcess: DataPlaces {
    DataPlaces(
      environment: ProcessInfo.processInfo.environment,
      executable: try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
  }

  /// The folders in which models may lie, the first goes first.
  package var models: [String] { ["Models"] + shared.map { "\($0)/models" } }

  /// The first of `models` that is there; that of a checkout where none is.
  package var modelsFolder: String {
    models.first { path in
      var isFolder: ObjCBool = false
      return unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        && isFolder.boolValue
    } ?? models[0]
  }

  /// The folders in which the MNIST test images may lie, the first goes first.
  package var testImages: [String] {
    ["Tests/Data/mnist", fetchedImages] + shared.map { "\($0)/mnist" }
  }

  /// Where `./dev fetch-mnist` puts the full data set.
  package var fetchedImages: String {
    let cache = value("XDG_CACHE_HOME") ?? "\(value("HOME") ?? ".")/.cache"
    return "\(value("DIGITS_DATA") ?? "\(cache)/digits")/mnist"
  }

  /// What help says of the default of an option that names the models' folder.
  package static let modelsDefault =
    "the first there is of Models, $XDG_DATA_HOME/digits/models and PREFIX/share/digits/models"

  private var shared: [String] {
    let home = value("XDG_DATA_HOME") ?? value("HOME").map { "\($0)/.local/share" }
    let parts = executable?.split(separator: "/") ?? []
    let prefix = parts.count > 1 ? parts.dropLast(2).map { "/\($0)" }.joined() : nil
    return [home, prefix.map { "\($0)/share" }].compactMap { $0.map { "\($0)/digits" } }
  }

  /// Nil where it is not set, or empty.
  private func value(_ name: String) -> String? {
    environment[name].flatMap { $0.isEmpty ? nil : $0 }
  }
}
