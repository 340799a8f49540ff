import DigitFiles
import Foundation
import ProgramShell

/// The picture files that a person named: files as they are, and folders' pictures by name.
struct PictureFiles {
  let paths: [String]

  private static let endings: Set = ["png", "jpg", "jpeg"]

  /// - Throws: `Failure` where a folder holds no pictures.
  init(_ names: [String]) throws {
    var paths: [String] = []
    for name in names {
      let values = try? URL(filePath: name).resourceValues(forKeys: [.isDirectoryKey])
      if values?.isDirectory == true {
        paths += try Self.pictures(in: name)
      } else {
        paths.append(name)
      }
    }
    self.paths = paths
  }

  /// What is called a picture or begins as one; other files in the folder are no error.
  private static func pictures(in folder: String) throws -> [String] {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    let paths = names.map { URL(filePath: folder).appending(path: $0).relativePath }.filter {
      endings.contains(URL(filePath: $0).pathExtension.lowercased()) || PictureFile.isPicture($0)
    }
    guard !paths.isEmpty else {
      throw Failure("expected PNG or JPEG pictures in \(folder), but there are none")
    }
    return paths
  }
}
