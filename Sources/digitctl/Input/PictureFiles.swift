import DigitFiles
import Foundation
import LocalPictures
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

  private static let endings: Set = [
    "png", "jpg", "jpeg", "gif", "bmp", "webp", "tif", "tiff", "pbm", "pgm", "ppm", "pnm",
  ]

  /// - Parameter isRecursive: whether the folders within a folder are read, too.
  init(_ names: [String], isRecursive: Bool) {
    entries = names.flatMap { name in
      Self.isFolder(name)
        ? Self.pictures(in: name, isRecursive: isRecursive) : [.picture(path: name)]
    }
  }

  private static func isFolder(_ name: String) -> Bool {
    guard !name.isEmpty else { return false }
    let values = try? URL(filePath: name).resourceValues(forKeys: [.isDirectoryKey])
    return values?.isDirectory == true
  }

  private static func pictures(in folder: String, isRecursive: Bool) -> [Entry] {
    let found = walk(folder, isRecursive: isRecursive)
    guard found.isEmpty else { return found }
    return [
      unusable(
        folder, "expected a folder with \(PictureFormats.local.names) pictures, but it holds none")
    ]
  }

  /// What is called a picture or begins as one; other files in the folder are no error, nor are
  /// hidden ones, among them what macOS keeps about files ("._name"). Links to folders are not
  /// followed: they may lead in a circle.
  private static func walk(_ folder: String, isRecursive: Bool) -> [Entry] {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      return [unusable(folder, "cannot be read: expected a folder that you may list")]
    }
    return names.filter { !$0.hasPrefix(".") }.sorted().flatMap { name -> [Entry] in
      let url = URL(filePath: folder).appending(path: name)
      let path = url.relativePath
      if isFolder(path) {
        let values = try? url.resourceValues(forKeys: [.isSymbolicLinkKey])
        let isLink = values?.isSymbolicLink == true
        return isRecursive && !isLink ? walk(path, isRecursive: true) : []
      }
      let isCalledPicture = endings.contains(url.pathExtension.lowercased())
      return isCalledPicture || PictureFormats.local.isPicture(path) ? [.picture(path: path)] : []
    }
  }

  private static func unusable(_ path: String, _ reason: String) -> Entry {
    .unusable(path: path, error: "\(path): \(reason)".escaped)
  }
}
