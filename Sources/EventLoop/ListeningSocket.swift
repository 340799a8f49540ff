import CProcess
import CUV
import Glibc

/// The descriptor of a listening socket: how it is made, and what one accept comes to. Knows no
/// loop.
struct ListeningSocket {
  let descriptor: CInt
  let kind: ByteStream.Kind
  /// Where it really listens: port 0 has become the port that the system chose.
  let address: SocketAddress
  /// A Unix socket's file, while it is the one that was made here.
  private let file: SocketFile?

  private static let backlog: CInt = 1_024

  /// - Parameter unixMode: of a Unix socket's file.
  /// - Throws: `UVError`, for example when the address is in use.
  init(_ address: SocketAddress, loop: Loop, unixMode: UInt32) throws(UVError) {
    switch address {
    case .internet(let host, let port): try self.init(host: host, port: port, loop: loop)
    case .unix(let path): try self.init(path: path, mode: unixMode)
    }
  }

  /// Takes over a socket that listens already; a file of it is its maker's.
  init(_ inherited: InheritedSocket) {
    (descriptor, kind, address) = (inherited.descriptor, inherited.kind, inherited.address)
    file = nil
  }

  private init(host: String, port: UInt16, loop: Loop) throws(UVError) {
    // One socket per listener: the first address that the name stands for.
    let found = try Resolver.addresses(host: host, port: port, loop: loop, .listening)[0]
    let family = CInt(found.ss_family)
    let descriptor = try Self.open(family: family)
    do {
      // The port of a server that has just ended may be listened on again.
      try Self.set(descriptor, SOL_SOCKET, SO_REUSEADDR, to: 1)
      // "[::]" takes IPv4 too, whatever the system's default.
      if family == AF_INET6 { try Self.set(descriptor, CInt(IPPROTO_IPV6), IPV6_V6ONLY, to: 0) }
      let byteCount = socklen_t(MemoryLayout<sockaddr_storage>.size)
      try checkCall(found.withAddress { bind(descriptor, $0, byteCount) })
      try checkCall(listen(descriptor, Self.backlog))
      address = try Self.address(of: descriptor) ?? .internet(host: host, port: port)
    } catch {
      Glibc.close(descriptor)
      throw error
    }
    (self.descriptor, kind, file) = (descriptor, .tcp, nil)
  }

  private init(path: String, mode: UInt32) throws(UVError) {
    try UnixPath.check(path)
    let descriptor = try Self.open(family: AF_UNIX)
    do {
      file = try SocketFile(binding: descriptor, to: path, mode: mode)
    } catch {
      Glibc.close(descriptor)
      throw error
    }
    (self.descriptor, kind, address) = (descriptor, .pipe, .unix(path: path))
    do {
      try checkCall(listen(descriptor, Self.backlog))
    } catch {
      close()
      throw error
    }
  }

  /// A Unix socket's file goes with it.
  func close() {
    file?.remove()
    Glibc.close(descriptor)
  }

  /// Takes one waiting connection; never waits.
  func accept() -> (AcceptTurn.Result, AcceptedSocket?) {
    let accepted = accept_connection(descriptor)
    guard accepted < 0 else { return (.accepted, AcceptedSocket(accepted, kind: kind)) }
    switch errno {
    case EAGAIN: return (.nobodyWaits, nil)
    case EMFILE, ENFILE: return (.noDescriptor, nil)
    // Linux reports here what has befallen the new connection already; see accept(2).
    case EINTR, ECONNABORTED, EPROTO, EPERM, ENETDOWN, ENETUNREACH, EHOSTDOWN, EHOSTUNREACH,
      ENOPROTOOPT, ENONET, EOPNOTSUPP, ETIMEDOUT:
      return (.passedOver, nil)
    default: return (.failed, nil)
    }
  }

  private static func open(family: CInt) throws(UVError) -> CInt {
    let type = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
    return try checkCall(socket(family, CInt(type), 0))
  }

  private static func set(
    _ descriptor: CInt, _ level: CInt, _ option: CInt, to value: CInt
  ) throws(UVError) {
    var value = value
    try checkCall(
      setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<CInt>.size)))
  }

  private static func address(of descriptor: CInt) throws(UVError) -> SocketAddress? {
    var storage = sockaddr_storage()
    var byteCount = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let status = withUnsafeMutableBytes(of: &storage) {
      getsockname(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), &byteCount)
    }
    try checkCall(status)
    return SocketAddress(storage)
  }
}

/// - Throws: `UVError` with `errno` where a system call has failed.
@discardableResult
func checkCall(_ result: CInt) throws(UVError) -> CInt {
  guard result >= 0 else { throw UVError(code: -errno) }
  return result
}
