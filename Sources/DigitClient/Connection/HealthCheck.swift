import DigitWire
import EventLoop

/// Asks one HEALTH on a connection of its own and without HELLO, so that no token is needed.
///
/// It keeps itself alive until it has called its completion, once; at the latest when its time is
/// up.
final class HealthCheck: ByteStreamDelegate, @unchecked Sendable {
  private let probe: HealthProbe
  private let address: SocketAddress
  private let timeout: Duration
  private let completion: @Sendable (Result<Bool, DigitClientError>) -> Void
  private var timer: Timer?
  private var phase = Phase.connecting(nil)
  private var reader = MessageReader(
    payloadByteCountMax: ProtocolLimits.payloadByteCountMaxBeforeWelcome)

  private enum Phase {
    case connecting(Connector?)
    case asking(ByteStream)
    case done
  }

  init(
    _ probe: HealthProbe, of address: SocketAddress, within timeout: Duration,
    completion: @escaping @Sendable (Result<Bool, DigitClientError>) -> Void
  ) {
    self.probe = probe
    self.address = address
    self.timeout = timeout
    self.completion = completion
  }

  func begin(on loop: Loop) {
    do {
      timer = try Timer(on: loop) { [self] in
        fail("expected a HEALTH_REPLY within \(timeout), got none")
      }
    } catch {
      return fail(error.description)
    }
    timer?.start(after: timeout)
    let connector = Connector.connect(to: address, on: loop) { [self] in connected($0) }
    if case .connecting = phase { phase = .connecting(connector) }
  }

  private func connected(_ result: Result<ByteStream, UVError>) {
    switch (phase, result) {
    case (.connecting, .failure(let error)): fail(error.description)
    case (.connecting, .success(let stream)):
      phase = .asking(stream)
      stream.delegate = self
      stream.startReading()
      stream.write(probe.encodedByteCount) { probe.encode(into: $0) }
    case (_, .success(let stream)): stream.close()
    case (_, .failure): break
    }
  }

  private func fail(_ reason: String) {
    finish(.failure(.connectFailed(address: address.description, reason: reason)))
  }

  private func finish(_ result: Result<Bool, DigitClientError>) {
    timer?.close()
    timer = nil
    switch phase {
    case .connecting(let connector): connector?.cancel()
    case .asking(let stream): stream.close()
    case .done: return
    }
    phase = .done
    completion(result)
  }

  private func read(
    _ header: FrameHeader, _ payload: UnsafeRawBufferPointer
  ) -> Result<Bool, DigitClientError>? {
    switch MessageType(rawValue: header.type) {
    case .healthReply:
      guard let reply = try? HealthReply(header), reply.probe == probe else { return nil }
      return .success(reply.isYes)
    case .error:
      return (try? ErrorMessage(header, payload: payload)).map { .failure(.refused($0)) }
    default: return nil
    }
  }

  // MARK: Events

  func stream(_ stream: ByteStream, didRead bytes: UnsafeRawBufferPointer) {
    var input = bytes
    do {
      while let answer = try reader.next(&input, read) {
        if let answer { return finish(answer) }
      }
    } catch {
      fail(error.refusal.message)
    }
  }

  func streamDidReachEnd(_ stream: ByteStream) { fail("the server closed before its HEALTH_REPLY") }
  func stream(_ stream: ByteStream, didFail error: UVError) { fail(error.description) }
  func streamDidSend(_ stream: ByteStream) {}
  func streamDidClose(_ stream: ByteStream) {}
}
