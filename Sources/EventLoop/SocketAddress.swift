import CUV
import Glibc

/// Where to listen or to connect to: `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`.
package enum SocketAddress: Hashable, Sendable, CustomStringConvertible {
  case internet(host: String, port: UInt16)
  case unix(path: String)

  package struct ParseError: Error, Equatable, CustomStringConvertible {
    package let text: String
    package var description: String {
      "expected HOST:PORT, [IPV6]:PORT or unix:PATH, got '\(text)'"
    }
  }

  package init(parsing text: String) throws(ParseError) {
    if text.hasPrefix("unix:") {
      let path = String(text.dropFirst("unix:".count))
      guard !path.isEmpty else { throw ParseError(text: text) }
      self = .unix(path: path)
      return
    }
    guard let colon = text.lastIndex(of: ":"),
      let port = UInt16(text[text.index(after: colon)...])
    else { throw ParseError(text: text) }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      // An IPv6 address without brackets: which colon begins the port cannot be told.
      throw ParseError(text: text)
    }
    guard !host.isEmpty else { throw ParseError(text: text) }
    self = .internet(host: String(host), port: port)
  }

  package var isUnix: Bool {
    switch self {
    case .internet: false
    case .unix: true
    }
  }

  /// Whether its host is a name, which has to be looked up, and not a number.
  package var isName: Bool {
    switch self {
    case .unix: false
    case .internet(let host, _): NetworkPrefix.bytes(of: host) == nil
    }
  }

  var isVersion6: Bool {
    switch self {
    case .unix: false
    case .internet(let host, _): host.contains(":")
    }
  }

  /// Whether only processes of this machine can connect. A name other than "localhost" may stand
  /// for any address.
  package var isLocal: Bool {
    switch self {
    case .unix: true
    case .internet("localhost", _), .internet("::1", _): true
    case .internet(let host, _): Self.isLoopback(ipv4: host)
    }
  }

  /// 127.0.0.0/8.
  private static func isLoopback(ipv4 host: String) -> Bool {
    var address = in_addr()
    return inet_pton(AF_INET, host, &address) == 1 && UInt32(bigEndian: address.s_addr) >> 24 == 127
  }

  package var description: String {
    switch self {
    case .internet(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .unix(let path): "unix:\(path)"
    }
  }

  /// The address held by a system structure; nil for a family that is neither IPv4 nor IPv6.
  init?(_ storage: sockaddr_storage) {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    var storage = storage
    let family = CInt(storage.ss_family)
    let port = withUnsafePointer(to: &storage) { pointer -> UInt16? in
      let raw = UnsafeRawPointer(pointer)
      switch family {
      case AF_INET:
        let address = raw.assumingMemoryBound(to: sockaddr_in.self)
        uv_ip4_name(address, &text, text.count)
        return UInt16(bigEndian: address.pointee.sin_port)
      case AF_INET6:
        let address = raw.assumingMemoryBound(to: sockaddr_in6.self)
        uv_ip6_name(address, &text, text.count)
        return UInt16(bigEndian: address.pointee.sin6_port)
      default: return nil
      }
    }
    guard let port else { return nil }
    let host = text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    self = .internet(host: host, port: port)
  }

  /// Nil where `descriptor` is no connected socket of IPv4 or IPv6.
  init?(ofPeerAt descriptor: CInt) {
    var storage = sockaddr_storage()
    var byteCount = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let status = withUnsafeMutableBytes(of: &storage) {
      getpeername(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), &byteCount)
    }
    guard status == 0 else { return nil }
    self.init(storage)
  }
}
