import DigitHandshake
import DigitWire
import EventLoop

/// One connection to a server: carries out what its `Pipeline` decides.
///
/// Everything but `models` belongs to the loop's thread. How requests go out and how the server's
/// messages come in are extensions in files of their own.
final class ClientConnection: @unchecked Sendable {
  /// What the server offers now, forevery thread.
  let models = Guarded<[ModelDescription]>([])

  private let address: SocketAddress
  let options: ClientOptions
  var phase = Phase.unopened
  var timer: Timer?
  /// When the timer fires; nil while it is not set.
  var timerDue: Instant?
  private var reader: MessageReader
  var terms: ServerTerms?
  var pipeline: Pipeline
  /// By slot of their id.
  var requests: [Request?] = []
  private var closings: [CheckedContinuation<Void, Never>] = []

  enum Phase {
    case unopened
    case opening(Opener<FramedExchange<Greeting>>, Opening)
    case open(ByteStream)
    /// The stream has yet to say that it is closed.
    case closing
    case closed
  }

  init(to address: SocketAddress, options: ClientOptions) {
    self.address = address
    self.options = options
    reader = MessageReader(payloadByteCountMax: options.limits.payloadByteCountMax)
    pipeline = Pipeline(requestsInFlightMax: 1, waitingMax: 0)
  }
}

// MARK: - Opening and closing

extension ClientConnection {
  private var features: Features {
    var features: Features = []
    if options.followsModels { features.insert(.announcements) }
    if options.wantsModelStatistics { features.insert(.modelStatistics) }
    return features
  }

  func open(on loop: Loop, _ opening: Opening) {
    guard case .unopened = phase else { return opening.resume(throwing: CancellationError()) }
    do {
      timer = try Timer(on: loop) { [unowned self] in timerFired() }
    } catch {
      phase = .closed
      return opening.resume(
        throwing: DigitClientError.connectFailed(
          address: address.description, reason: error.description))
    }
    let hello = Hello(features: features, token: options.token)
    var isDecided = false
    let opener = Opener.open(
      address, of: options.hostName,
      FramedExchange(
        Greeting(hello, payloadByteCountMax: options.limits.payloadByteCountMax)),
      tls: options.tls?.client, within: options.connectTimeout, on: loop
    ) { [self] in
      isDecided = true
      opened($0, opening)
    }
    if !isDecided { phase = .opening(opener, opening) }
  }

  private func opened(
    _ result: Result<Opener<FramedExchange<Greeting>>.Opened, HandshakeError>, _ opening: Opening
  ) {
    switch result {
    case .success(let opened):
      phase = .open(opened.stream)
      pipeline = Pipeline(
        requestsInFlightMax: opened.answer.limits.requestsInFlightMax,
        waitingMax: options.limits.waitingRequestsMax)
      terms = opened.answer
      modelsChanged(opened.answer.models)
      opened.stream.delegate = self
      opening.resume()
      stream(opened.stream, didRead: opened.rest)
    case .failure(let error):
      phase = .closed
      timer?.close()
      opening.resume(throwing: DigitClientError(error, of: address))
    }
  }

  /// Closes now; `closing` is resumed when the descriptor is free.
  func close(_ closing: CheckedContinuation<Void, Never>?) {
    switch phase {
    case .unopened: phase = .closed
    case .opening(let opener, let opening):
      phase = .closed
      opener.cancel()
      timer?.close()
      opening.resume(throwing: CancellationError())
    case .open: end(.closed)
    case .closing, .closed: break
    }
    guard let closing else { return }
    if case .closing = phase { closings.append(closing) } else { closing.resume() }
  }

  private func end(_ end: Pipeline.End) {
    guard case .open(let stream) = phase else { return }
    phase = .closing
    timer?.close()
    stream.close()
    for request in pipeline.end(end) {
      finish(request.id, .failure(end.error(wasSent: request.wasSent)))
    }
  }

  private func breakOff(_ reason: String) { end(.lost(reason: reason)) }
}

// MARK: - Events

extension ClientConnection: ByteStreamDelegate {
  func stream(_ stream: ByteStream, didRead bytes: UnsafeRawBufferPointer) {
    var input = bytes
    do {
      while let verdict = try reader.next(&input, read) {
        if let verdict { return end(verdict) }
      }
    } catch {
      return breakOff(error.refusal.message)
    }
    sendWhatMay()
  }

  func streamDidReachEnd(_ stream: ByteStream) { breakOff("the server closed it") }
  func stream(_ stream: ByteStream, didFail error: UVError) { breakOff(error.description) }
  func streamDidSend(_ stream: ByteStream) { sendWhatMay() }

  func streamDidClose(_ stream: ByteStream) {
    phase = .closed
    for closing in closings { closing.resume() }
    closings = []
  }
}

extension DigitClientError {
  /// Why the server at `address` could not be talked to.
  init(_ error: HandshakeError, of address: SocketAddress) {
    switch error {
    case .refused(let message): self = .refused(message)
    case .unconnected(let reason):
      self = .connectFailed(address: address.description, reason: reason)
    case .insecure(let reason):
      self = .tlsFailed(address: address.description, reason: reason)
    case .failed(let reason):
      self = .handshakeFailed(address: address.description, reason: reason)
    }
  }
}
