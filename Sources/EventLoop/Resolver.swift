import CUV
import Glibc

/// Turns host names into addresses.
enum Resolver {
  /// Blocks until the system's resolver has answered; numeric addresses are answered at once.
  /// - Throws: `UVError` for an unknown host.
  static func addresses(
    host: String, port: UInt16, loop: Loop, passive: Bool
  ) throws(UVError) -> [sockaddr_storage] {
    var hints = addrinfo()
    hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
    hints.ai_flags = passive ? AI_PASSIVE : 0
    var request = uv_getaddrinfo_t()
    // Without a callback libuv resolves before it returns.
    try UVError.check(
      uv_getaddrinfo(loop.pointer, &request, nil, host, String(port), &hints))
    defer { uv_freeaddrinfo(request.addrinfo) }
    var found: [sockaddr_storage] = []
    var next = request.addrinfo
    while let info = next?.pointee {
      var storage = sockaddr_storage()
      withUnsafeMutableBytes(of: &storage) {
        $0.copyMemory(
          from: UnsafeRawBufferPointer(start: info.ai_addr, count: Int(info.ai_addrlen)))
      }
      found.append(storage)
      next = info.ai_next
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
