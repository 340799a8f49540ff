import Foundation

/// Which file a path leads to: two paths may lead to one.
package struct FileIdentity: Equatable, Sendable {
  private let device: UInt64
  private let node: UInt64

  /// Nil where there is nothing.
  package init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  init(_ status: stat) {
    device = UInt64(status.st_dev)
    node = UInt64(status.st_ino)
  }
}

/// What an output's path stands for.
enum OutputTarget: Equatable, Sendable {
  /// A regular file at the end of all links, there already or not.
  case file(String, existing: FileIdentity?)
  /// A device, a named pipe or a socket.
  case device(String)
  /// One that the program was started with.
  case descriptor(Int32)

  init(_ path: String) throws(FileError) {
    guard !path.isEmpty else { throw FileError(path, .write, .unnamed) }
    if let number = Self.descriptor(path) {
      guard fcntl(number, F_GETFD) >= 0 else { throw FileError(path, .write, .system(errno)) }
      self = .descriptor(number)
      return
    }
    let target = try Self.followingLinks(path)
    var status = stat()
    guard stat(target, &status) == 0 else {
      guard errno == ENOENT else { throw FileError(path, .write, .system(errno)) }
      guard !target.hasSuffix("/") else {
        throw FileError(path, .write, .missingFolder(target))
      }
      self = .file(target, existing: nil)
      return
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: self = .file(target, existing: FileIdentity(status))
    case S_IFDIR: throw FileError(path, .write, .isFolder)
    default: self = .device(target)
    }
  }

  /// `-`, and the names that the system has for open files: renaming one over them, or opening them
  /// anew, would lose what else is written to them.
  private static func descriptor(_ path: String) -> Int32? {
    switch path {
    case "-", "/dev/stdout": return STDOUT_FILENO
    case "/dev/stderr": return STDERR_FILENO
    default:
      for prefix in ["/dev/fd/", "/proc/self/fd/"] where path.hasPrefix(prefix) {
        return Int32(path.dropFirst(prefix.count))
      }
      return nil
    }
  }

  /// The end of a chain of symbolic links, also where nothing is there.
  private static func followingLinks(_ path: String) throws(FileError) -> String {
    var target = path
    for _ in 0..<40 {
      var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
      let count = readlink(target, &buffer, buffer.count)
      guard count >= 0 else { return target }
      let link = String(decoding: buffer.prefix(count), as: UTF8.self)
      target = link.hasPrefix("/") ? link : "\(folder(of: target))/\(link)"
    }
    throw FileError(path, .write, .system(ELOOP))
  }
}

/// The folder that a path names a file in.
func folder(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// A file under another name, before it is renamed.
final class PartialFile {
  private let path: String
  /// What errors call it.
  private let name: String
  private var descriptor: Int32

  /// Makes an empty one in the folder of `target`.
  init(besides target: String, of name: String) throws(FileError) {
    let folder = folder(of: target)
    // Short, for the longest name that a file may have must do.
    path = "\(folder)/.digits-\(UInt64.random(in: 0...UInt64.max)).partial"
    self.name = name
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor < 0 else { return }
    switch errno {
    case ENOENT: throw FileError(name, .write, .missingFolder(folder))
    case let number: throw FileError(name, .write, .unwritableFolder(folder, number))
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  func write(_ bytes: some ContiguousBytes) throws(FileError) {
    try writeAll(bytes, to: descriptor, of: name)
  }

  /// Takes the target's place, with its mode and, where that is allowed, its owner.
  func rename(to target: String) throws(FileError) {
    var status = stat()
    if stat(target, &status) == 0 {
      _ = fchown(descriptor, status.st_uid, status.st_gid)
      _ = fchmod(descriptor, status.st_mode & 0o7777)
    }
    let isSynchronized = fsync(descriptor) == 0
    let number = errno
    let isClosed = close(descriptor) == 0
    descriptor = -1
    guard isSynchronized else { throw FileError(name, .write, .system(number)) }
    guard isClosed, Foundation.rename(path, target) == 0 else {
      throw FileError(name, .write, .system(errno))
    }
  }

  func remove() { unlink(path) }
}
