import Foundation

/// A file to be written whole.
///
/// A regular file's name never stands for half of it: the content is written under another name in
/// the same folder, synchronized, then renamed; a symbolic link stays, and what it leads to is
/// replaced. Devices, named pipes and, as `-`, standard output are written to.
package struct OutputFile: Sendable {
  package let path: String
  private let target: OutputTarget
  private let patience: Duration

  /// How long a named pipe may be without a reader, unless told otherwise.
  package static let patience = Duration.seconds(10)

  /// Finds out whether the file could be written, before there is anything to write.
  /// - Parameter inputs: files that are read for it, and must not be replaced by it.
  /// - Throws: `FileError`.
  package init(
    _ path: String, notReplacing inputs: [String] = [], patience: Duration = Self.patience
  ) throws(FileError) {
    self.path = path
    self.patience = patience
    target = try OutputTarget(path)
    switch target {
    case .file(let target, let existing):
      if let existing, let input = inputs.first(where: { FileIdentity($0) == existing }) {
        throw FileError(path, .write, .isInput(input))
      }
      // access(2) says yes to root even where nothing can be written.
      let trial = try PartialFile(besides: target, of: path)
      trial.remove()
    case .device(let target):
      guard access(target, W_OK) == 0 else { throw FileError(path, .write, .system(errno)) }
    case .descriptor: break
    }
  }

  /// Whether it is the stream on which the program speaks.
  package var isStandardOutput: Bool { target == .descriptor(STDOUT_FILENO) }

  /// - Throws: `FileError`; a regular file that was there is then as it was.
  package func write(_ bytes: some ContiguousBytes) throws(FileError) {
    switch target {
    case .file(let target, _):
      let partial = try PartialFile(besides: target, of: path)
      do {
        try partial.write(bytes)
        try partial.rename(to: target)
      } catch {
        partial.remove()
        throw error
      }
    case .device(let target):
      let descriptor = try openDevice(target)
      defer { close(descriptor) }
      try writeAll(bytes, to: descriptor, of: path)
    case .descriptor(let number): try writeAll(bytes, to: number, of: path)
    }
  }

  package func write(_ text: String) throws(FileError) { try write(Array(text.utf8)) }

  /// Waits for a named pipe's reader, within its patience.
  private func openDevice(_ target: String) throws(FileError) -> Int32 {
    let deadline = ContinuousClock.now + patience
    while true {
      let descriptor = open(target, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
      if descriptor >= 0 {
        // From here on a slow reader is waited for.
        _ = fcntl(descriptor, F_SETFL, 0)
        return descriptor
      }
      guard errno == ENXIO else { throw FileError(path, .write, .system(errno)) }
      guard ContinuousClock.now < deadline else {
        throw FileError(path, .write, .unread(patience: patience))
      }
      usleep(20_000)
    }
  }
}

/// Makes a folder, and those around it, where it is not there yet.
package func createFolder(_ path: String) throws(FileError) {
  guard !path.isEmpty else { throw FileError(path, .create, .unnamed) }
  var made = path.hasPrefix("/") ? "/" : ""
  for part in path.split(separator: "/") {
    made += made.isEmpty || made.hasSuffix("/") ? "\(part)" : "/\(part)"
    if mkdir(made, 0o777) == 0 { continue }
    let number = errno
    var status = stat()
    guard stat(made, &status) == 0 else { throw FileError(path, .create, .system(number)) }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw FileError(path, .create, .isNoFolder) }
  }
}

/// All bytes, whatever pieces the system takes them in.
func writeAll(
  _ bytes: some ContiguousBytes, to descriptor: Int32, of path: String
) throws(FileError) {
  let failure = bytes.withUnsafeBytes { bytes -> Int32? in
    var done = 0
    while done < bytes.count {
      let count = write(descriptor, bytes.baseAddress! + done, bytes.count - done)
      if count >= 0 {
        done += count
      } else if errno == EAGAIN {
        var waited = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&waited, 1, -1)
      } else if errno != EINTR {
        return errno
      }
    }
    return nil
  }
  if let failure { throw FileError(path, .write, .system(failure)) }
}
