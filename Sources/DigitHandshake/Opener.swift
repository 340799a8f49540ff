import DigitTLS
import EventLoop

/// Connects to a server and makes the first exchange: from an address to a stream and an answer.
///
/// It keeps itself alive until it has called its completion or is cancelled; at the latest when
/// its time is up.
package final class Opener<Exchange: OpeningExchange>: ByteStreamDelegate {
  package struct Opened {
    /// Its delegate is to be set at once.
    package let stream: ByteStream
    package let answer: Exchange.Answer
    /// What came after the answer in the same read, lent for the length of the call.
    package let rest: UnsafeRawBufferPointer
  }

  private var exchange: Exchange
  private let timeout: Duration
  private let completion: (Result<Opened, HandshakeError>) -> Void
  private var timer: Timer?
  private var phase = Phase.connecting(nil)
  private let address: SocketAddress
  private let name: String?
  private let tls: TLSClient?
  private var stage: TLSStage?

  private enum Phase {
    case connecting(Connector?)
    case asking(ByteStream)
    case done
  }

  /// Calls `completion` once, in a later turn or before this returns, unless it is cancelled
  /// before.
  /// - Parameters:
  ///   - name: the host of which `address` was found to be one, for its certificate; nil for an
  ///     address that was given as it is.
  ///   - tls: nil does not encrypt.
  ///   - timeout: from the start of connecting to the answer.
  @discardableResult
  package static func open(
    _ address: SocketAddress, of name: String? = nil, _ exchange: Exchange,
    tls: TLSClient? = nil, within timeout: Duration, on loop: Loop,
    completion: @escaping (Result<Opened, HandshakeError>) -> Void
  ) -> Opener {
    let opener = Opener(address, name, exchange, tls, within: timeout, completion)
    opener.begin(on: loop)
    return opener
  }

  private init(
    _ address: SocketAddress, _ name: String?, _ exchange: Exchange, _ tls: TLSClient?,
    within timeout: Duration, _ completion: @escaping (Result<Opened, HandshakeError>) -> Void
  ) {
    self.address = address
    self.name = name
    self.exchange = exchange
    self.tls = tls
    self.timeout = timeout
    self.completion = completion
  }

  private func begin(on loop: Loop) {
    do {
      timer = try Timer(on: loop) { [self] in timeIsUp() }
    } catch {
      return fail(error.description)
    }
    timer?.start(after: timeout)
    let connector = Connector.connect(to: address, on: loop) { [self] in connected($0) }
    if case .connecting = phase { phase = .connecting(connector) }
  }

  /// The completion is not called any more.
  package func cancel() {
    timer?.close()
    timer = nil
    switch phase {
    case .connecting(let connector): connector?.cancel()
    case .asking(let stream): stream.close()
    case .done: return
    }
    phase = .done
  }

  private func fail(_ reason: String) {
    switch phase {
    case .connecting: fail(.unconnected(reason))
    case .asking, .done: fail(.failed(reason))
    }
  }

  private func fail(_ error: HandshakeError) {
    if case .done = phase { return }
    cancel()
    completion(.failure(error))
  }

  private func timeIsUp() {
    switch phase {
    case .connecting: fail("expected a connection within \(timeout), got none")
    case .asking where stage?.isHandshaking == true:
      fail(.insecure("expected the TLS handshake within \(timeout)"))
    case .asking: fail("expected \(exchange.answerName) within \(timeout), got none")
    case .done: break
    }
  }

  private func connected(_ result: Result<ByteStream, UVError>) {
    switch (phase, result) {
    case (.connecting, .failure(let error)): fail(error.description)
    case (.connecting, .success(let stream)):
      phase = .asking(stream)
      stream.delegate = self
      guard secure(stream) else { return }
      stream.startReading()
      stream.write(exchange.requestByteCount) { exchange.encodeRequest(into: $0) }
    case (_, .success(let stream)): stream.close()
    case (_, .failure): break
    }
  }

  /// - Returns: false where it cannot be, which is told.
  private func secure(_ stream: ByteStream) -> Bool {
    guard let tls else { return true }
    guard case .internet(let host, let port) = address else {
      fail(.insecure("TLS is for HOST:PORT, not for Unix sockets"))
      return false
    }
    let workspace = TLSWorkspace(on: stream.loop)
    let stage = tls.stage(to: host, of: name, port: port, Exchange.inner, workspace)
    self.stage = stage
    stream.install(stage)
    return true
  }

  // MARK: Events

  package func stream(_ stream: ByteStream, didRead bytes: UnsafeRawBufferPointer) {
    var input = bytes
    while let verdict = exchange.read(&input) {
      switch verdict {
      case .wait: continue
      case .failed(let error): return fail(error)
      case .answered(let answer):
        timer?.close()
        timer = nil
        phase = .done
        return completion(.success(Opened(stream: stream, answer: answer, rest: input)))
      }
    }
  }

  package func streamDidReachEnd(_ stream: ByteStream) {
    fail("the server closed the connection before its \(exchange.answerName)")
  }
  package func stream(_ stream: ByteStream, didFail error: UVError) {
    if stage?.hasFailed == true {
      fail(.insecure(error.description))
    } else {
      fail(error.description)
    }
  }
  package func streamDidSend(_ stream: ByteStream) {}
  package func streamDidClose(_ stream: ByteStream) {}
}
