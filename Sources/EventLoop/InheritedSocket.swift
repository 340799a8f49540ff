import CUV
import Glibc

/// A listening socket that somebody else has opened and handed over to this process.
package struct InheritedSocket: Sendable {
  let descriptor: CInt
  let kind: ByteStream.Kind
  /// Where it listens.
  package let address: SocketAddress

  /// Makes it one that never blocks and that no program started from here gets.
  /// - Throws: `UVError`: EINVAL for what is no listening stream socket.
  package init(_ descriptor: Int32) throws(UVError) {
    guard try Self.option(SO_TYPE, of: descriptor) == CInt(SOCK_STREAM.rawValue),
      try Self.option(SO_ACCEPTCONN, of: descriptor) == 1
    else { throw UVError(code: -EINVAL) }
    try checkCall(fcntl(descriptor, F_SETFD, FD_CLOEXEC))
    try checkCall(
      fcntl(descriptor, F_SETFL, try checkCall(fcntl(descriptor, F_GETFL)) | O_NONBLOCK))
    self.descriptor = descriptor
    var storage = sockaddr_storage()
    var byteCount = socklen_t(MemoryLayout<sockaddr_storage>.size)
    try checkCall(
      withUnsafeMutableBytes(of: &storage) {
        getsockname(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), &byteCount)
      })
    if let address = SocketAddress(storage) {
      (kind, self.address) = (.tcp, address)
    } else if CInt(storage.ss_family) == AF_UNIX {
      (kind, address) = (.pipe, .unix(path: Self.path(storage, byteCount: Int(byteCount))))
    } else {
      throw UVError(code: -EAFNOSUPPORT)
    }
  }

  private static func option(_ name: CInt, of descriptor: CInt) throws(UVError) -> CInt {
    var value: CInt = 0
    var byteCount = socklen_t(MemoryLayout<CInt>.size)
    try checkCall(getsockopt(descriptor, SOL_SOCKET, name, &value, &byteCount))
    return value
  }

  /// An abstract name is shown behind @, as ss(8) does.
  private static func path(_ storage: sockaddr_storage, byteCount: Int) -> String {
    withUnsafeBytes(of: storage) { bytes in
      let path = bytes[MemoryLayout<sa_family_t>.size..<byteCount]
      return path.first == 0
        ? "@" + String(decoding: path.dropFirst(), as: UTF8.self)
        : String(decoding: path.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
