import Foundation

/// Files as inputs: regular ones, pipes and, as `-`, standard input; never more bytes than a bound,
/// and never a wait without end.
package enum InputFile {
  /// What may stand at a name.
  package enum Kinds: Sendable {
    case files
    case filesAndPipes
  }

  /// How long a pipe's writer may take for all of it.
  package static let patience = Duration.seconds(10)

  /// The content of a file of at most `limit` bytes; a regular file's size is checked before memory
  /// is taken, a pipe's as it comes.
  /// - Throws: `FileError` for what is missing, a folder, a device, larger than `limit`, or a pipe
  ///   that does not end within `patience`.
  package static func read(
    _ path: String, limit: Int, kinds: Kinds = .filesAndPipes, patience: Duration = Self.patience
  ) throws(FileError) -> [UInt8] {
    let input = try OpenInput(path, kinds: kinds)
    return try input.read(limit: limit, patience: patience)
  }

  /// The first bytes of a regular file, to tell what it is; nil for anything else.
  package static func head(
    _ path: String, byteCount: Int = FileFormat.headByteCount
  ) -> [UInt8]? {
    guard let input = try? OpenInput(path, kinds: .files) else { return nil }
    return input.head(byteCount)
  }
}

/// A file that is open for reading, closed with its owner.
private final class OpenInput {
  private let path: String
  private let descriptor: Int32
  /// Of a regular file; nil for a pipe.
  private let byteCount: Int?

  /// Opens without blocking: a named pipe without a writer would make `open` wait.
  init(_ path: String, kinds: InputFile.Kinds) throws(FileError) {
    guard !path.isEmpty else { throw FileError(path, .read, .unnamed) }
    let descriptor =
      path == "-"
      ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
      : open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else {
      // A socket in the file system cannot be opened.
      throw FileError(path, .read, errno == ENXIO ? .isDevice : .system(errno))
    }
    var status = stat()
    let isKnown = fstat(descriptor, &status) == 0
    let fault = isKnown ? Self.fault(status, kinds, isStandard: path == "-") : .system(errno)
    if let fault {
      close(descriptor)
      throw FileError(path, .read, fault)
    }
    self.path = path
    self.descriptor = descriptor
    byteCount = status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
  }

  deinit { close(descriptor) }

  private static func fault(
    _ status: stat, _ kinds: InputFile.Kinds, isStandard: Bool
  ) -> FileError.Fault? {
    switch status.st_mode & S_IFMT {
    case S_IFREG: nil
    case S_IFDIR: .isFolder
    case S_IFIFO: kinds == .files ? .isPipe : nil
    // A shell's standard input may be a terminal, a socket or /dev/null.
    default: isStandard && kinds == .filesAndPipes ? nil : .isDevice
    }
  }

  func read(limit: Int, patience: Duration) throws(FileError) -> [UInt8] {
    if let byteCount, byteCount > limit {
      throw FileError(path, .read, .tooLarge(byteCount: byteCount, limit: limit))
    }
    let deadline = ContinuousClock.now + patience
    var bytes: [UInt8] = []
    bytes.reserveCapacity(byteCount ?? 0)
    while true {
      if byteCount == nil, !hasSomething(before: deadline) {
        throw FileError(path, .read, .silent(byteCount: bytes.count, patience: patience))
      }
      // One byte beyond the limit shows that there is more; files may grow, and pipes have no size.
      let wanted = min(Self.pieceByteCount, limit + 1 - bytes.count)
      let piece = try next(wanted)
      guard !piece.isEmpty else { return bytes }
      bytes += piece
      guard bytes.count <= limit else {
        throw FileError(path, .read, .tooLarge(byteCount: nil, limit: limit))
      }
    }
  }

  private static let pieceByteCount = 1 << 20

  func head(_ count: Int) -> [UInt8]? {
    var bytes: [UInt8] = []
    while bytes.count < count {
      guard let piece = try? next(count - bytes.count) else { return nil }
      if piece.isEmpty { break }
      bytes += piece
    }
    return bytes
  }

  /// Whether there are bytes, or the end of them.
  private func hasSomething(before deadline: ContinuousClock.Instant) -> Bool {
    var waited = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    while true {
      let rest = (deadline - .now) / .milliseconds(1)
      guard rest > 0 else { return false }
      let count = poll(&waited, 1, Int32(rest.rounded(.up)))
      if count > 0 { return true }
      if count < 0, errno != EINTR { return true }
    }
  }

  /// The next bytes; none where the file ends.
  private func next(_ count: Int) throws(FileError) -> [UInt8] {
    var failure: Int32?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while true {
        let got = Foundation.read(descriptor, buffer.baseAddress, count)
        if got >= 0 {
          filled = got
          return
        }
        if errno == EAGAIN {
          var waited = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
          poll(&waited, 1, 10)
        } else if errno != EINTR {
          failure = errno
          return
        }
      }
    }
    if let failure { throw FileError(path, .read, .system(failure)) }
    return bytes
  }
}
