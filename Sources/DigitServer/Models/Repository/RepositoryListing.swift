import FileAccess
import Foundation

/// How a file looks from outside: it looks otherwise once it has been replaced or written to.
package struct FileStamp: Equatable, Sendable {
  package var device: UInt64
  package var inode: UInt64
  package var byteCount: Int
  /// Since 1970.
  package var modifiedNanoseconds: Int

  package init(device: UInt64 = 0, inode: UInt64, byteCount: Int, modifiedNanoseconds: Int) {
    self.device = device
    self.inode = inode
    self.byteCount = byteCount
    self.modifiedNanoseconds = modifiedNanoseconds
  }

  /// Of the file that a path leads to; nil where there is none.
  init?(of path: String) {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else { return nil }
    self.init(
      device: UInt64(status.st_dev), inode: UInt64(status.st_ino),
      byteCount: Int(status.st_size),
      modifiedNanoseconds: status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec)
  }
}

/// What lies in a model folder at one time; nothing of it but the index has been read.
package struct RepositoryListing: Equatable, Sendable {
  package struct File: Equatable, Sendable {
    /// From the folder on: `cnn-28.safetensors`, `cnn-28/2/model.safetensors`.
    package var path: String
    package var stamp: FileStamp
    /// Of the card beside it.
    package var card: FileStamp?

    package init(_ path: String, _ stamp: FileStamp, card: FileStamp? = nil) {
      self.path = path
      self.stamp = stamp
      self.card = card
    }
  }

  package enum Index: Equatable, Sendable {
    case none
    case content([UInt8])
    case unreadable(String)
  }

  /// By path.
  package var files: [File]
  package var index: Index
  /// In which files of models may come and go, from the folder on; "" is the folder itself.
  package var folders: [String]

  package init(files: [File], index: Index = .none, folders: [String] = [""]) {
    self.files = files
    self.index = index
    self.folders = folders
  }

  static let suffix = ".safetensors"
  static let versionFile = "model.safetensors"

  /// - Throws: `ModelLoadError.unreadable`.
  init(of directory: String) throws(ModelLoadError) {
    let entries: [String]
    do {
      entries = try FileManager.default.contentsOfDirectory(atPath: directory)
    } catch {
      throw .unreadable(directory: directory, reason: Self.reasonUnreadable(directory))
    }
    self.init(files: [])
    for entry in entries.sorted() where !entry.hasPrefix(".") {
      let path = "\(directory)/\(entry)"
      if entry.hasSuffix(Self.suffix) {
        add(entry, in: directory)
      } else if FileStamp(of: path) == nil {
        addVersions(of: entry, in: directory)
      }
    }
    files.sort { $0.path < $1.path }
    index = Self.index(in: directory)
  }

  private mutating func add(_ path: String, in directory: String) {
    guard let stamp = FileStamp(of: "\(directory)/\(path)") else { return }
    let card = FileStamp(of: ModelCard.path(ofWeights: "\(directory)/\(path)"))
    files.append(File(path, stamp, card: card))
  }

  /// Nothing where it is no folder, or one of other files.
  private mutating func addVersions(of name: String, in directory: String) {
    let folder = "\(directory)/\(name)"
    guard let versions = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      return
    }
    folders.append(name)
    for version in versions.sorted() where !version.hasPrefix(".") {
      guard FileStamp(of: "\(folder)/\(version)") == nil else { continue }
      folders.append("\(name)/\(version)")
      add("\(name)/\(version)/\(Self.versionFile)", in: directory)
    }
  }

  private static func index(in directory: String) -> Index {
    let path = "\(directory)/\(RepositoryIndex.fileName)"
    guard FileStamp(of: path) != nil else { return .none }
    do {
      return .content(
        try InputFile.read(path, limit: RepositoryIndex.byteCountMax, kinds: .files))
    } catch {
      return .unreadable(error.reason)
    }
  }

  private static func reasonUnreadable(_ path: String) -> String {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      return "there is none; name another with --models"
    }
    guard isDirectory.boolValue else {
      return "expected a folder, got a file; name the folder that holds it with --models"
    }
    return "this user may not list it; change its mode or name another with --models"
  }
}
