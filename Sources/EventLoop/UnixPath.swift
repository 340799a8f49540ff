import CUV
import Glibc

/// What is wrong with a Unix socket's path, in words: the system's own errors mislead.
enum UnixPath {
  enum Purpose {
    case listening
    case connecting
  }

  /// What the system's structure holds, without the zero that follows it.
  static let byteCountMax = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1

  /// - Throws: `UVError` with `ENAMETOOLONG`.
  static func check(_ path: String) throws(UVError) {
    let byteCount = path.utf8.count
    guard byteCount > byteCountMax else { return }
    throw UVError(
      code: UV_ENAMETOOLONG.rawValue,
      "expected a path of at most \(byteCountMax) bytes, got \(byteCount)")
  }

  /// What `status` means at `path`.
  static func explain(_ status: CInt, at path: String, _ purpose: Purpose) -> UVError {
    let kind = fileKind(at: path)
    switch purpose {
    // libuv makes EACCES of ENOENT when it binds.
    case _ where kind == nil && fileKind(at: folder(of: path)) == nil:
      return UVError(
        code: UV_ENOENT.rawValue, "the folder '\(folder(of: path))' does not exist")
    case .listening where kind != nil && kind != S_IFSOCK:
      return UVError(
        code: UV_EEXIST.rawValue,
        "a file that is not a socket has this path; remove it or choose another path")
    case .connecting where kind == nil:
      return UVError(code: UV_ENOENT.rawValue, "the socket does not exist; is the server running?")
    case .connecting where kind != S_IFSOCK:
      return UVError(code: UV_ENOTSOCK.rawValue, "the file with this path is not a socket")
    case .connecting where status == UV_ECONNREFUSED.rawValue:
      return UVError(code: status, "no server listens on this socket")
    case .listening, .connecting: return UVError(code: status)
    }
  }

  /// Links followed; nil where there is nothing.
  private static func fileKind(at path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
