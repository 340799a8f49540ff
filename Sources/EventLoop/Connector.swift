import CUV
import Glibc

/// Opens a connection: looks the host up where it is a name, then tries each of its addresses in
/// order. The loop never waits.
package final class Connector {
  private let loop: Loop
  private let address: SocketAddress
  private var candidates: ArraySlice<sockaddr_storage> = []
  private let request = UnsafeMutablePointer<uv_connect_t>.allocate(capacity: 1)
  private var lookup: HostLookup?
  private var attempt: ByteStream?
  private var isCancelled = false
  private let completion: (Result<ByteStream, UVError>) -> Void

  /// Calls `completion` once, on the loop's thread, in a later turn or before this returns.
  /// - Returns: what can be cancelled.
  @discardableResult
  package static func connect(
    to address: SocketAddress, on loop: Loop,
    completion: @escaping (Result<ByteStream, UVError>) -> Void
  ) -> Connector {
    let connector = Connector(address, loop: loop, completion: completion)
    switch address {
    case .internet(let host, let port): connector.begin(host: host, port: port)
    case .unix(let path): connector.tryPipe(path)
    }
    return connector
  }

  /// Gives up; the completion is called with `ECANCELED` in a later turn. Nothing after the
  /// outcome.
  package func cancel() {
    isCancelled = true
    candidates = []
    lookup?.cancel()
    attempt?.close()
  }

  private init(
    _ address: SocketAddress, loop: Loop,
    completion: @escaping (Result<ByteStream, UVError>) -> Void
  ) {
    self.address = address
    self.loop = loop
    self.completion = completion
    // Released when the outcome is known.
    request.pointee.data = Unmanaged.passRetained(self).toOpaque()
  }

  deinit { request.deallocate() }

  private func begin(host: String, port: UInt16) {
    if let numeric = try? Resolver.addresses(host: host, port: port, loop: loop, .numeric) {
      candidates = numeric[...]
      return tryNext(after: nil)
    }
    do {
      lookup = try HostLookup(host, port: port, on: loop) { [self] in found($0) }
    } catch {
      finish(.failure(error))
    }
  }

  private func found(_ result: Result<[sockaddr_storage], UVError>) {
    lookup = nil
    guard !isCancelled else { return finish(.failure(UVError(code: UVError.cancelled))) }
    switch result {
    case .success(let addresses):
      candidates = addresses[...]
      tryNext(after: nil)
    case .failure(let error): finish(.failure(error))
    }
  }

  private func tryNext(after failure: UVError?) {
    guard let candidate = candidates.popFirst() else {
      return finish(.failure(failure ?? UVError(code: UV_EAI_NONAME.rawValue)))
    }
    do {
      let stream = try ByteStream(.tcp, loop: loop)
      attempt = stream
      let tcp = UnsafeMutableRawPointer(stream.handle).assumingMemoryBound(to: uv_tcp_t.self)
      try UVError.check(
        candidate.withAddress { uv_tcp_connect(request, tcp, $0, connectorConnects) })
    } catch {
      attempt?.close()
      tryNext(after: error)
    }
  }

  private func tryPipe(_ path: String) {
    do {
      // libuv would cut it short.
      try UnixPath.check(path)
      let stream = try ByteStream(.pipe, loop: loop)
      attempt = stream
      let pipe = UnsafeMutableRawPointer(stream.handle).assumingMemoryBound(to: uv_pipe_t.self)
      uv_pipe_connect(request, pipe, path, connectorConnects)
    } catch {
      finish(.failure(error))
    }
  }

  fileprivate func didConnect(_ status: CInt) {
    guard status < 0 else { return finish(.success(attempt!)) }
    attempt?.close()
    switch address {
    case .internet: tryNext(after: UVError(code: status))
    case .unix where isCancelled: finish(.failure(UVError(code: status)))
    case .unix(let path): finish(.failure(UnixPath.explain(status, at: path, .connecting)))
    }
  }

  private func finish(_ result: Result<ByteStream, UVError>) {
    attempt = nil
    completion(result)
    Unmanaged<Connector>.fromOpaque(request.pointee.data).release()
  }
}

private func connectorConnects(_ request: UnsafeMutablePointer<uv_connect_t>?, _ status: CInt) {
  Unmanaged<Connector>.fromOpaque(request!.pointee.data).takeUnretainedValue()
    .didConnect(status)
}
