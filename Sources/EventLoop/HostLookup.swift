import CUV
import Glibc

/// Looks a host name up on a thread of libuv's, so that the loop goes on meanwhile: a resolver may
/// take seconds.
final class HostLookup {
  private let request = UnsafeMutablePointer<uv_getaddrinfo_t>.allocate(capacity: 1)
  private let completion: (Result<[sockaddr_storage], UVError>) -> Void

  /// Calls `completion` once, in a later turn; never after a throw.
  init(
    _ host: String, port: UInt16, on loop: Loop,
    completion: @escaping (Result<[sockaddr_storage], UVError>) -> Void
  ) throws(UVError) {
    self.completion = completion
    request.initialize(to: uv_getaddrinfo_t())
    // Released when the outcome is known.
    request.pointee.data = Unmanaged.passRetained(self).toOpaque()
    var hints = addrinfo(socketType: SOCK_STREAM)
    let status = uv_getaddrinfo(
      loop.pointer, request, hostLookupEnds, host, String(port), &hints)
    guard status < 0 else { return }
    Unmanaged.passUnretained(self).release()
    throw UVError(code: status)
  }

  deinit { request.deallocate() }

  /// The completion still comes, with `ECANCELED` unless the resolver was already at work: then
  /// with what it finds.
  func cancel() {
    UnsafeMutableRawPointer(request).withMemoryRebound(to: uv_req_t.self, capacity: 1) {
      _ = uv_cancel($0)
    }
  }

  fileprivate func didEnd(_ status: CInt, _ first: UnsafeMutablePointer<addrinfo>?) {
    defer { uv_freeaddrinfo(first) }
    completion(
      status == 0 ? .success(first?.pointee.all ?? []) : .failure(UVError(code: status)))
  }
}

private func hostLookupEnds(
  _ request: UnsafeMutablePointer<uv_getaddrinfo_t>?, _ status: CInt,
  _ first: UnsafeMutablePointer<addrinfo>?
) {
  Unmanaged<HostLookup>.fromOpaque(request!.pointee.data).takeRetainedValue()
    .didEnd(status, first)
}
