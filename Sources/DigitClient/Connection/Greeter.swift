import DigitWire
import EventLoop

/// Opens a connection and shakes hands: from an address to a stream and the server's terms.
final class Greeter: ByteStreamDelegate {
  struct Greeted {
    let stream: ByteStream
    let terms: ServerTerms
    /// What came after WELCOME in the same read, lent for the length of the call.
    let rest: UnsafeRawBufferPointer
  }

  private let address: SocketAddress
  private let options: ClientOptions
  private let completion: (Result<Greeted, DigitClientError>) -> Void
  private var timer: Timer?
  private var reader: MessageReader
  private var phase = Phase.connecting(nil)

  private enum Phase {
    case connecting(Connector?)
    case greeting(ByteStream)
    case done
  }

  /// Calls `completion` once, unless it is cancelled before.
  init(
    to address: SocketAddress, options: ClientOptions, on loop: Loop,
    completion: @escaping (Result<Greeted, DigitClientError>) -> Void
  ) {
    self.address = address
    self.options = options
    self.completion = completion
    reader = MessageReader(payloadByteCountMax: options.limits.payloadByteCountMax)
    begin(on: loop)
  }

  private func begin(on loop: Loop) {
    do {
      timer = try Timer(on: loop) { [unowned self] in
        fail("expected a WELCOME within \(options.connectTimeout), got none")
      }
    } catch {
      return fail(error.description)
    }
    timer?.start(after: options.connectTimeout)
    let connector = Connector.connect(to: address, on: loop) { self.connected($0) }
    if case .connecting = phase { phase = .connecting(connector) }
  }

  func cancel() {
    timer?.close()
    switch phase {
    case .connecting(let connector): connector?.cancel()
    case .greeting(let stream): stream.close()
    case .done: return
    }
    phase = .done
  }

  private func fail(_ reason: String) {
    finish(.failure(.connectFailed(address: address.description, reason: reason)))
  }

  private func finish(_ failure: Result<Greeted, DigitClientError>) {
    if case .done = phase { return }
    cancel()
    completion(failure)
  }

  private func connected(_ result: Result<ByteStream, UVError>) {
    switch (phase, result) {
    case (.connecting, .failure(let error)): fail(error.description)
    case (.connecting, .success(let stream)): greet(stream)
    case (_, .success(let stream)): stream.close()
    case (_, .failure): break
    }
  }

  private func greet(_ stream: ByteStream) {
    phase = .greeting(stream)
    stream.delegate = self
    stream.startReading()
    let hello = Hello(
      features: options.followsModels ? [.announcements] : [], token: options.token)
    stream.write(hello.encodedByteCount) { hello.encode(into: $0) }
  }

  /// Ends the greeting where the message is the server's answer to HELLO.
  private func read(_ header: FrameHeader, payload: UnsafeRawBufferPointer)
    -> Result<ServerTerms, DigitClientError>?
  {
    switch MessageType(rawValue: header.type) {
    case .welcome:
      do {
        return .success(try ServerTerms(header, payload: payload))
      } catch {
        return .failure(
          .connectFailed(address: address.description, reason: error.message))
      }
    case .error:
      guard let message = try? ErrorMessage(header, payload: payload) else {
        return .failure(
          .connectFailed(
            address: address.description, reason: "expected an ERROR that holds what it says"))
      }
      return .failure(.refused(message))
    default: return nil
    }
  }

  // MARK: Events

  func stream(_ stream: ByteStream, didRead bytes: UnsafeRawBufferPointer) {
    var input = bytes
    do {
      while let answer = try reader.next(&input, read) {
        switch answer {
        case .success(let terms)?:
          timer?.close()
          phase = .done
          return completion(.success(Greeted(stream: stream, terms: terms, rest: input)))
        case .failure(let error)?: return finish(.failure(error))
        case nil: continue
        }
      }
    } catch {
      fail(error.refusal.message)
    }
  }

  func streamDidReachEnd(_ stream: ByteStream) { fail("the server closed before its WELCOME") }
  func stream(_ stream: ByteStream, didFail error: UVError) { fail(error.description) }
  func streamDidSend(_ stream: ByteStream) {}
  func streamDidClose(_ stream: ByteStream) {}
}
