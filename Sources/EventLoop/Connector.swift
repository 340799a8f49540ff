import CUV
import Glibc

/// Opens a connection: tries each address that a name stands for, in order.
package final class Connector {
  private let loop: Loop
  private var candidates: ArraySlice<sockaddr_storage>
  private let request = UnsafeMutablePointer<uv_connect_t>.allocate(capacity: 1)
  private var attempt: ByteStream?
  private let completion: (Result<ByteStream, UVError>) -> Void

  /// Calls `completion` once, on the loop's thread, in a later turn or before this returns.
  /// - Returns: what can be cancelled; nil when the host is unknown.
  @discardableResult
  package static func connect(
    to address: SocketAddress, on loop: Loop,
    completion: @escaping (Result<ByteStream, UVError>) -> Void
  ) -> Connector? {
    let connector: Connector
    switch address {
    case .internet(let host, let port):
      do {
        let found = try Resolver.addresses(host: host, port: port, loop: loop, passive: false)
        connector = Connector(loop: loop, candidates: found, completion: completion)
        connector.tryNext(after: nil)
      } catch {
        completion(.failure(error))
        return nil
      }
    case .unix(let path):
      connector = Connector(loop: loop, candidates: [], completion: completion)
      connector.tryPipe(path)
    }
    return connector
  }

  /// Gives up; the completion is called with `ECANCELED` in a later turn. Nothing after the
  /// outcome.
  package func cancel() {
    candidates = []
    attempt?.close()
  }

  private init(
    loop: Loop, candidates: [sockaddr_storage],
    completion: @escaping (Result<ByteStream, UVError>) -> Void
  ) {
    self.loop = loop
    self.candidates = candidates[...]
    self.completion = completion
    // Released when the outcome is known.
    request.pointee.data = Unmanaged.passRetained(self).toOpaque()
  }

  deinit { request.deallocate() }

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
    tryNext(after: UVError(code: status))
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
