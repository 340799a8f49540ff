import CUV
import Glibc

/// A listening socket, TCP or Unix, that hands over each accepted connection.
package final class Listener {
  /// Where it really listens: port 0 has become the port that the system chose.
  package private(set) var address: SocketAddress

  private let loop: Loop
  private let kind: ByteStream.Kind
  private let handle: UnsafeMutablePointer<uv_stream_t>
  private let accepted: (ByteStream) -> Void
  private var isClosing = false

  private static let backlog: CInt = 1_024
  /// Owner and group may connect to a Unix socket, others may not.
  private static let socketMode: mode_t = 0o660

  /// - Throws: `UVError`, for example when the address is in use.
  package init(
    _ address: SocketAddress, loop: Loop, accepted: @escaping (ByteStream) -> Void
  ) throws(UVError) {
    self.loop = loop
    self.address = address
    self.accepted = accepted
    switch address {
    case .internet: kind = .tcp
    case .unix: kind = .pipe
    }
    handle = kind.allocateHandle()
    try UVError.check(kind.initialize(handle, on: loop))
    handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
    do {
      switch address {
      case .internet(let host, let port): try bind(host: host, port: port)
      case .unix(let path): try bind(path: path)
      }
      try UVError.check(uv_listen(handle, Self.backlog, listenerAccepts))
    } catch {
      close()
      throw error
    }
  }

  /// A Unix socket's file goes with it.
  package func close() {
    guard !isClosing else { return }
    isClosing = true
    UnsafeMutableRawPointer(handle).withMemoryRebound(to: uv_handle_t.self, capacity: 1) {
      uv_close($0, listenerCloses)
    }
  }

  private func bind(host: String, port: UInt16) throws(UVError) {
    let tcp = UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_tcp_t.self)
    // One socket per listener: the first address that the name stands for.
    let found = try Resolver.addresses(host: host, port: port, loop: loop, .listening)
    try UVError.check(found[0].withAddress { uv_tcp_bind(tcp, $0, 0) })
    var storage = sockaddr_storage()
    var byteCount = CInt(MemoryLayout<sockaddr_storage>.size)
    try withUnsafeMutablePointer(to: &storage) { pointer throws(UVError) in
      let raw = UnsafeMutableRawPointer(pointer)
      try UVError.check(
        uv_tcp_getsockname(tcp, raw.assumingMemoryBound(to: sockaddr.self), &byteCount))
    }
    address = SocketAddress(storage) ?? address
  }

  /// Nobody can connect before `uv_listen`, so the mode is in force before the first one does.
  private func bind(path: String) throws(UVError) {
    let pipe = UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_pipe_t.self)
    try removeStaleSocket(at: path)
    try UVError.check(uv_pipe_bind(pipe, path))
    guard chmod(path, Self.socketMode) == 0 else { throw UVError(code: -errno) }
  }

  fileprivate func accept() {
    guard let stream = try? ByteStream(kind, loop: loop) else { return }
    guard uv_accept(handle, stream.handle) == 0 else { return stream.close() }
    accepted(stream)
  }

  fileprivate func didClose() { handle.deallocate() }
}

/// Removes a Unix socket that nobody listens on any more, as a killed server leaves it. Whatever
/// else is at `path` stays: binding fails then.
/// - Throws: `UVError` where a server still answers there.
private func removeStaleSocket(at path: String) throws(UVError) {
  var status = stat()
  guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return }
  let probe = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
  guard probe >= 0 else { throw UVError(code: -errno) }
  defer { Glibc.close(probe) }
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  let isTooLong = withUnsafeMutableBytes(of: &address.sun_path) { field in
    field.copyBytes(from: path.utf8.prefix(field.count - 1))
    return path.utf8.count >= field.count
  }
  guard !isTooLong else { throw UVError(code: -ENAMETOOLONG) }
  let isRefused = withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      connect(probe, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) != 0 && errno == ECONNREFUSED
    }
  }
  guard isRefused else { throw UVError(code: -EADDRINUSE) }
  unlink(path)
}

private func listenerAccepts(_ handle: UnsafeMutablePointer<uv_stream_t>?, _ status: CInt) {
  guard status == 0 else { return }
  Unmanaged<Listener>.fromOpaque(handle!.pointee.data).takeUnretainedValue().accept()
}

private func listenerCloses(_ handle: UnsafeMutablePointer<uv_handle_t>?) {
  Unmanaged<Listener>.fromOpaque(handle!.pointee.data).takeRetainedValue().didClose()
}
