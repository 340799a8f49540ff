import Foundation

/// Why a model file cannot be read or written. Says which file.
package struct ModelFileError: Error, CustomStringConvertible {
  package enum Reason: Error, CustomStringConvertible {
    case system(String)
    case size(got: Int, allowed: ClosedRange<Int>)
    case headerLength(got: UInt64, allowed: Int)
    case header(HeaderProblem)
    case architecture(String)
    case model(ModelError)

    package var description: String {
      switch self {
      case .system(let message): message
      case .size(let got, let allowed):
        "is \(got) bytes long; expected \(allowed.lowerBound) to \(allowed.upperBound)"
      case .headerLength(let got, let allowed):
        "says that its header is \(got) bytes long; expected at most \(allowed)"
      case .header(let problem): "has a bad header: \(problem)"
      case .architecture(let message): "has no usable architecture: \(message)"
      case .model(let error): "does not hold its network: \(error)"
      }
    }
  }

  package var path: String
  package var reason: Reason

  package var description: String { "model file \(path) \(reason)" }
}

extension Model {
  /// Reads a model from a safetensors file and validates it.
  package init(contentsOf path: String) throws(ModelFileError) {
    do {
      self = try Model(safetensors: try readBytes(path))
    } catch {
      throw ModelFileError(path: path, reason: error)
    }
  }

  /// Writes a safetensors file: a file of its own first, synchronized and then renamed, so that
  /// a reader or a crash never meets half a model.
  package func write(to path: String) throws(ModelFileError) {
    do { try validate() } catch { throw ModelFileError(path: path, reason: .model(error)) }
    do {
      try writeBytes(safetensors(), to: path)
    } catch {
      throw ModelFileError(path: path, reason: error)
    }
  }
}

private func readBytes(_ path: String) throws(ModelFileError.Reason) -> [UInt8] {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw .system("cannot be opened: \(lastError)") }
  defer { close(descriptor) }
  var status = stat()
  guard fstat(descriptor, &status) == 0 else { throw .system("cannot be read: \(lastError)") }
  guard status.st_mode & S_IFMT == S_IFREG else { throw .system("is not a regular file") }
  let allowed = SafetensorsHeader.prefixByteCount...ModelLimits.fileByteCountMax
  let count = Int(status.st_size)
  guard allowed.contains(count) else { throw .size(got: count, allowed: allowed) }
  var failure: String?
  let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
    while filled < count {
      let got = read(descriptor, buffer.baseAddress! + filled, count - filled)
      if got < 0, errno == EINTR { continue }
      guard got > 0 else {
        failure = got == 0 ? "became shorter while it was read" : "cannot be read: \(lastError)"
        return
      }
      filled += got
    }
  }
  if let failure { throw .system(failure) }
  return bytes
}

private func writeBytes(_ bytes: [UInt8], to path: String) throws(ModelFileError.Reason) {
  let partial = "\(path).\(getpid()).partial"
  let descriptor = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
  guard descriptor >= 0 else { throw .system("cannot be written: \(lastError)") }
  // Who may read what it takes the place of may read it.
  var status = stat()
  if stat(path, &status) == 0 { fchmod(descriptor, status.st_mode & 0o777) }
  var isWritten = bytes.withUnsafeBytes { writeAll($0, to: descriptor) }
  isWritten = isWritten && fsync(descriptor) == 0
  isWritten = close(descriptor) == 0 && isWritten
  guard isWritten, rename(partial, path) == 0 else {
    let message = lastError
    unlink(partial)
    throw .system("cannot be written: \(message)")
  }
}

private func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
  var done = 0
  while done < bytes.count {
    let count = write(descriptor, bytes.baseAddress! + done, bytes.count - done)
    if count < 0, errno == EINTR { continue }
    guard count > 0 else { return false }
    done += count
  }
  return true
}

private var lastError: String { String(cString: strerror(errno)) }
