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
  /// The addresses behind a host name, where it is one of several machines; itself otherwise.
  ///
  /// Blocks until the system's resolver has answered.
  package func machines(on loop: Loop) -> [SocketAddress] {
    guard case .internet(let host, let port) = self,
      let found = try? Resolver.addresses(host: host, port: port, loop: loop, .connecting)
    else { return [self] }
    let machines = machines(among: found.compactMap(SocketAddress.init))
    return machines.count > 1 ? machines : [self]
  }

  /// The machines behind a host name, as `machines(among:)` tells them. The loop goes on meanwhile:
  /// the system's resolver may take seconds.
  ///
  /// Calls `completion` once, on the loop's thread, in a later turn or before this returns.
  package func lookUpMachines(
    on loop: Loop, completion: @escaping (Result<[SocketAddress], UVError>) -> Void
  ) {
    guard case .internet(let host, let port) = self else { return completion(.success([self])) }
    do {
      // It keeps itself until the outcome is known.
      _ = try HostLookup(host, port: port, on: loop) { [self] in
        completion($0.map { machines(among: $0.compactMap(SocketAddress.init)) })
      }
    } catch {
      completion(.failure(error))
    }
  }

  /// One address for each machine of this name, of all that the resolver has found: those of IPv4
  /// where there are several, or else those of IPv6. One address of either family is a single
  /// machine, for which the name itself stands: who connects to it tries both.
  package func machines(among found: [SocketAddress]) -> [SocketAddress] {
    var seen: Set<SocketAddress> = []
    let unique = found.filter { seen.insert($0).inserted }
    let (version6, version4) = (unique.filter(\.isVersion6), unique.filter { !$0.isVersion6 })
    for family in [version4, version6] where family.count > 1 { return family }
    return version4.isEmpty || version6.isEmpty ? unique : [self]
  }
}
