import Foundation
import PlainText

/// A file that cannot be read or written, in one sentence: which, what was expected, what came.
package struct FileError: Error, Equatable, CustomStringConvertible {
  package enum Fault: Equatable, Sendable {
    /// An `errno` of the system's.
    case system(Int32)
    /// The name is empty.
    case unnamed
    case isFolder
    /// Something stands where a folder was expected.
    case isNoFolder
    /// A device, or a socket, as an input.
    case isDevice
    case isPipe
    /// The size is nil where it is not known beforehand.
    case tooLarge(byteCount: Int?, limit: Int)
    /// A pipe whose writer is silent.
    case silent(byteCount: Int, patience: Duration)
    /// A named pipe that nobody reads.
    case unread(patience: Duration)
    case missingFolder(String)
    /// Nothing can be made in the folder, for the system's reason.
    case unwritableFolder(String, Int32)
    /// The output is one of the inputs.
    case isInput(String)
  }

  package enum Purpose: String, Sendable {
    case read, write, create
  }

  package let path: String
  package let purpose: Purpose
  package let fault: Fault

  package init(_ path: String, _ purpose: Purpose, _ fault: Fault) {
    self.path = path
    self.purpose = purpose
    self.fault = fault
  }

  package var description: String {
    let name = path == "-" ? (purpose == .read ? "standard input" : "standard output") : path
    return "cannot \(purpose.rawValue) \(name.isEmpty ? "''" : name): \(reason)".escaped
  }

  /// The sentence without the file's name.
  package var reason: String {
    switch fault {
    case .system(ENOENT) where path.contains("\u{fffd}"):
      "expected a name in UTF-8, got one that is not: rename it, or pass the content as -"
    case .system(let number): Self.words(number)
    case .unnamed: "expected the name of a file, got an empty one"
    case .isFolder: "expected a file, got a folder"
    case .isNoFolder: "expected a folder, got a file"
    case .isDevice: "expected a file or a pipe, got a device or a socket"
    case .isPipe: "expected a file, got a pipe"
    case .tooLarge(let byteCount, let limit):
      "expected at most \(limit) bytes, got \(byteCount.map(String.init) ?? "more")"
    case .silent(let byteCount, let patience):
      "expected the rest within \(seconds(patience)) s, got \(byteCount) bytes and no end: is the "
        + "pipe's writer still at work?"
    case .unread(let patience):
      "expected a reader to open the pipe within \(seconds(patience)) s, got none"
    case .missingFolder(let folder): "there is no folder \(folder): make it first"
    case .unwritableFolder(let folder, let number):
      "nothing can be written into the folder \(folder): \(Self.words(number))"
    case .isInput(let input): "it is the input \(input), which would be lost: name another file"
    }
  }

  private func seconds(_ duration: Duration) -> String {
    fixed(duration / .seconds(1), duration < .seconds(1) ? 1 : 0)
  }

  private static func words(_ number: Int32) -> String {
    switch number {
    case ENOENT: "there is no such file"
    case EACCES, EPERM: "no permission"
    case ENOTDIR: "a component of its path is not a folder"
    case ENOSPC, EDQUOT: "the disk is full"
    case EROFS: "the file system is read-only"
    case ENAMETOOLONG: "the name is too long"
    case ELOOP: "its links lead in a circle"
    case EPIPE: "its reader is gone"
    default: String(cString: strerror(number)).lowercased()
    }
  }
}
