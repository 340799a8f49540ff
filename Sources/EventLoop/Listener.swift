import CUV
import Glibc

/// A listening socket that hands over each accepted connection.
package final class Listener {
  /// Where it really listens: port 0 has become the port that the system chose.
  package private(set) var address: SocketAddress

  private let loop: Loop
  private let handle: UnsafeMutablePointer<uv_stream_t>
  private let accepted: (ByteStream) -> Void
  private var isClosing = false

  private static let backlog: CInt = 1_024

  /// Listens on a TCP address.
  /// - Throws: `UVError`, for example when the port is in use.
  package init(
    host: String, port: UInt16, loop: Loop, accepted: @escaping (ByteStream) -> Void
  ) throws(UVError) {
    self.loop = loop
    self.accepted = accepted
    address = .internet(host: host, port: port)
    let found = try Resolver.addresses(host: host, port: port, loop: loop, passive: true)
    let tcp = UnsafeMutablePointer<uv_tcp_t>.allocate(capacity: 1)
    handle = UnsafeMutableRawPointer(tcp).assumingMemoryBound(to: uv_stream_t.self)
    try UVError.check(uv_tcp_init(loop.pointer, tcp))
    handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
    do {
      // One socket per listener: the first address that the name stands for.
      try UVError.check(found[0].withAddress { uv_tcp_bind(tcp, $0, 0) })
      try UVError.check(uv_listen(handle, Self.backlog, listenerAccepts))
      address = try boundAddress(of: tcp)
    } catch {
      close()
      throw error
    }
  }

  package func close() {
    guard !isClosing else { return }
    isClosing = true
    UnsafeMutableRawPointer(handle).withMemoryRebound(to: uv_handle_t.self, capacity: 1) {
      uv_close($0, listenerCloses)
    }
  }

  private func boundAddress(
    of tcp: UnsafeMutablePointer<uv_tcp_t>
  ) throws(UVError) -> SocketAddress {
    var storage = sockaddr_storage()
    var byteCount = CInt(MemoryLayout<sockaddr_storage>.size)
    try withUnsafeMutablePointer(to: &storage) { pointer throws(UVError) in
      let raw = UnsafeMutableRawPointer(pointer)
      try UVError.check(
        uv_tcp_getsockname(tcp, raw.assumingMemoryBound(to: sockaddr.self), &byteCount))
    }
    return SocketAddress(storage) ?? address
  }

  fileprivate func accept() {
    guard let stream = try? ByteStream(.tcp, loop: loop) else { return }
    guard uv_accept(handle, stream.handle) == 0 else { return stream.close() }
    accepted(stream)
  }

  fileprivate func didClose() { handle.deallocate() }
}

private func listenerAccepts(_ handle: UnsafeMutablePointer<uv_stream_t>?, _ status: CInt) {
  guard status == 0 else { return }
  Unmanaged<Listener>.fromOpaque(handle!.pointee.data).takeUnretainedValue().accept()
}

private func listenerCloses(_ handle: UnsafeMutablePointer<uv_handle_t>?) {
  Unmanaged<Listener>.fromOpaque(handle!.pointee.data).takeRetainedValue().didClose()
}
