import DigitFiles
import Foundation
import PlainText

/// The pictures that a person named: files as they are, and folders' pictures by name.
struct PictureFiles {
  enum Entry {
    case picture(path: String)
    /// A name that stands for no picture; the others are answered.
    case unusable(path: String, error: String)

    var path: String {
      switch self {
      case .picture(let path), .unusable(let path, _): path
      }
    }
  }

  let entries: [Entry]

  private static let endings: Set = ["png", "jpg", "jpeg", "pgm", "ppm"]

  init(_ names: [String]) {
    entries = names.flatMap { name in
      let values =
        name.isEmpty
        ? nil
        : try? URL(filePath: name).resourceValues(
          forKeys: [.isDirectoryKey])
      return values?.isDirectory == true ? Self.pictures(in: name) : [.picture(path: name)]
    }
  }

  /// What is called a picture or begins as one; other files in the folder are no error, nor are
  /// hidden ones, among them what macOS keeps about files ("._name").
  private static func pictures(in folder: String) -> [Entry] {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      return [unusable(folder, "cannot be read: expected a folder that you may list")]
    }
    let paths = names.filter { !$0.hasPrefix(".") }.sorted()
      .map { URL(filePath: folder).appending(path: $0).relativePath }
      .filter {
        endings.contains(URL(filePath: $0).pathExtension.lowercased())
          || PictureFile.isPicture($0)
      }
    guard !paths.isEmpty else {
      let expected = "expected a folder with PNG, JPEG, PGM or PPM pictures, but it holds none"
      return [unusable(folder, expected)]
    }
    return paths.map(Entry.picture)
  }

  private static func unusable(_ path: String, _ reason: String) -> Entry {
    .unusable(path: path, error: "\(path): \(reason)".escaped)
  }
}
