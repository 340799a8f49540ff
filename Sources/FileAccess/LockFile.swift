import Foundation

/// Keeps a second process from what one process alone may do. The system lets go of it when its
/// process ends, however that ends.
package final class LockFile {
  private let path: String
  private let descriptor: Int32

  /// Another process has it.
  package struct Held: Error {
    /// Of that process, where it can be told.
    package let processID: Int?
  }

  /// - Throws: `Held`, or `FileError` where the file cannot be made.
  package init(_ path: String) throws {
    while true {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else { throw FileError(path, .create, .system(errno)) }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        let number = errno
        let holder = Self.holder(descriptor)
        close(descriptor)
        guard number == EWOULDBLOCK else { throw FileError(path, .create, .system(number)) }
        throw Held(processID: holder)
      }
      // Whoever had it before may have removed the file between `open` and here.
      var status = stat()
      if fstat(descriptor, &status) == 0, FileIdentity(path) == FileIdentity(status) {
        let text = "\(getpid())\n"
        ftruncate(descriptor, 0)
        _ = text.withCString { write(descriptor, $0, text.utf8.count) }
        self.path = path
        self.descriptor = descriptor
        return
      }
      close(descriptor)
    }
  }

  private static func holder(_ descriptor: Int32) -> Int? {
    var text = [UInt8](repeating: 0, count: 20)
    let count = read(descriptor, &text, text.count)
    guard count > 0 else { return nil }
    return Int(String(decoding: text.prefix(count).prefix { $0 > 0x20 }, as: UTF8.self))
  }

  deinit {
    unlink(path)
    close(descriptor)
  }
}
