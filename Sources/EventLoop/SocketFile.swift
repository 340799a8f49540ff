import CUV
import Glibc

/// The file of a listening Unix socket, which is made by binding and left behind by the system.
struct SocketFile {
  private let path: String
  private let identity: Identity

  /// Which file it is, whatever its name.
  private struct Identity: Equatable {
    let device: dev_t
    let number: ino_t

    init?(at path: String) {
      var status = stat()
      guard lstat(path, &status) == 0 else { return nil }
      (device, number) = (status.st_dev, status.st_ino)
    }
  }

  /// Binds the socket; nobody can connect before it listens, so the mode is in force before the
  /// first one does.
  /// - Parameter mode: who may connect.
  /// - Throws: `UVError`, for example where a server listens at `path`.
  init(binding descriptor: CInt, to path: String, mode: UInt32) throws(UVError) {
    let address = sockaddr_un(path: path)
    try Self.removeStale(at: path, address)
    guard address.withAddress({ bind(descriptor, $0, $1) }) == 0 else {
      throw UnixPath.explain(-errno, at: path, .listening)
    }
    guard chmod(path, mode) == 0, let identity = Identity(at: path) else {
      let code = errno
      unlink(path)
      throw UVError(code: -code)
    }
    (self.path, self.identity) = (path, identity)
  }

  /// A file that has taken its name meanwhile belongs to another server and stays.
  func remove() {
    if Identity(at: path) == identity { unlink(path) }
  }

  /// Removes a Unix socket that nobody listens on any more, as a killed server leaves it. Whatever
  /// else is at `path` stays: binding fails then.
  /// - Throws: `UVError` where a server still answers there.
  private static func removeStale(at path: String, _ address: sockaddr_un) throws(UVError) {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return }
    // Without waiting: a server whose backlog is full is a server.
    let type = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
    let probe = try checkCall(socket(AF_UNIX, CInt(type), 0))
    defer { Glibc.close(probe) }
    let isRefused = address.withAddress { connect(probe, $0, $1) != 0 && errno == ECONNREFUSED }
    guard isRefused else { throw UVError(code: -EADDRINUSE) }
    unlink(path)
  }
}

extension sockaddr_un {
  /// - Precondition: `UnixPath.check` has passed the path.
  init(path: String) {
    self.init()
    sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &sun_path) { $0.copyBytes(from: path.utf8) }
  }

  func withAddress<Value>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Value) -> Value {
    withUnsafePointer(to: self) {
      body(
        UnsafeRawPointer($0).assumingMemoryBound(to: sockaddr.self),
        socklen_t(MemoryLayout<sockaddr_un>.size))
    }
  }
}
