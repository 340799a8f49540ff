import CUV
import Glibc

/// Turns host names into addresses, where that may take the caller's time.
enum Resolver {
  enum Scope {
    /// Blocks until the system's resolver has answered: for a listener, before anything is served.
    case listening
    /// Blocks likewise: before a load is driven.
    case connecting
    /// Numeric addresses alone, which are read at once.
    case numeric
  }

  /// - Throws: `UVError` for an unknown host.
  static func addresses(
    host: String, port: UInt16, loop: Loop, _ scope: Scope
  ) throws(UVError) -> [sockaddr_storage] {
    var hints = addrinfo(socketType: SOCK_STREAM)
    switch scope {
    case .listening: hints.ai_flags = AI_PASSIVE
    case .connecting: break
    case .numeric: hints.ai_flags = AI_NUMERICHOST
    }
    var request = uv_getaddrinfo_t()
    // Without a callback libuv resolves before it returns.
    try UVError.check(
      uv_getaddrinfo(loop.pointer, &request, nil, host, String(port), &hints))
    defer { uv_freeaddrinfo(request.addrinfo) }
    return request.addrinfo.pointee.all
  }
}

extension addrinfo {
  init(socketType: __socket_type) {
    self.init()
    ai_socktype = CInt(socketType.rawValue)
  }

  /// This address and those that follow it in the resolver's list.
  var all: [sockaddr_storage] {
    var found: [sockaddr_storage] = []
    var next: addrinfo? = self
    while let info = next {
      var storage = sockaddr_storage()
      withUnsafeMutableBytes(of: &storage) {
        $0.copyMemory(
          from: UnsafeRawBufferPointer(start: info.ai_addr, count: Int(info.ai_addrlen)))
      }
      found.append(storage)
      next = info.ai_next?.pointee
    }
    return found
  }
}

extension sockaddr_storage {
  func withAddress<Value>(_ body: (UnsafePointer<sockaddr>) -> Value) -> Value {
    withUnsafePointer(to: self) {
      body(UnsafeRawPointer($0).assumingMemoryBound(to: sockaddr.self))
    }
  }
}

extension SocketAddress {
  /// The addresses behind a host name, where it has several of IPv4 or else of IPv6: a name of
  /// several machines. Itself otherwise, as for a machine with an address of either family.
  ///
  /// Blocks until the system's resolver has answered.
  package func machines(on loop: Loop) -> [SocketAddress] {
    guard case .internet(let host, let port) = self,
      let found = try? Resolver.addresses(host: host, port: port, loop: loop, .connecting)
    else { return [self] }
    for family in [AF_INET, AF_INET6] {
      let addresses = found.filter { CInt($0.ss_family) == family }.compactMap(SocketAddress.init)
      if addresses.count > 1 { return addresses }
    }
    return [self]
  }
}
