import Foundation

/// A folder of its own, gone when its owner is.
final class Folder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "digits-\(UUID())").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  subscript(_ name: String) -> String { "\(path)/\(name)" }

  @discardableResult
  func file(_ name: String, _ text: String) throws -> String {
    try Data(text.utf8).write(to: URL(filePath: self[name]))
    return self[name]
  }

  func text(_ name: String) throws -> String {
    try String(contentsOfFile: self[name], encoding: .utf8)
  }

  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }

  /// The kind of what stands there, links not followed.
  func kind(_ name: String) -> mode_t {
    var status = stat()
    lstat(self[name], &status)
    return status.st_mode & S_IFMT
  }
}

/// Makes a device node; false where this user may not.
func makeDevice(_ path: String, major: UInt64, minor: UInt64) -> Bool {
  mknod(path, S_IFCHR | 0o666, dev_t(major << 8 | minor)) == 0
}
