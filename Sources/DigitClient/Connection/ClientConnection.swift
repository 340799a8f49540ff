import DigitWire
import EventLoop
import Synchronization

/// One connection to a server: carries out what its `Pipeline` decides.
///
/// Everything but `models` belongs to the loop's thread.
final class ClientConnection: @unchecked Sendable {
  /// What the server offers now, for every thread.
  let models = Mutex<[ModelDescription]>([])

  private let address: SocketAddress
  private let options: ClientOptions
  private var phase = Phase.unopened
  private var timer: Timer?
  /// When the timer fires; nil while it is not set.
  private var timerDue: Instant?
  private var reader: MessageReader
  private var terms: ServerTerms?
  private var pipeline: Pipeline
  /// By slot of their id.
  private var requests: [Request?] = []
  private var closings: [CheckedContinuation<Void, Never>] = []

  private enum Phase {
    case unopened
    case opening(Greeter, Opening)
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
    var isDecided = false
    let greeter = Greeter(to: address, options: options, on: loop) { [self] in
      isDecided = true
      opened($0, opening)
    }
    if !isDecided { phase = .opening(greeter, opening) }
  }

  private func opened(_ result: Result<Greeter.Greeted, DigitClientError>, _ opening: Opening) {
    switch result {
    case .success(let greeted):
      phase = .open(greeted.stream)
      pipeline = Pipeline(
        requestsInFlightMax: greeted.terms.limits.requestsInFlightMax,
        waitingMax: options.limits.waitingRequestsMax)
      terms = greeted.terms
      modelsChanged(greeted.terms.models)
      greeted.stream.delegate = self
      opening.resume()
      stream(greeted.stream, didRead: greeted.rest)
    case .failure(let error):
      phase = .closed
      timer?.close()
      opening.resume(throwing: error)
    }
  }

  /// Closes now; `closing` is resumed when the descriptor is free.
  func close(_ closing: CheckedContinuation<Void, Never>?) {
    switch phase {
    case .unopened: phase = .closed
    case .opening(let greeter, let opening):
      phase = .closed
      greeter.cancel()
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

// MARK: - Requests

extension ClientConnection {
  func submit(_ request: Request) {
    guard !request.isCancelled else { return request.finish(.failure(CancellationError())) }
    do {
      try prepare(request)
    } catch {
      return request.finish(.failure(error))
    }
    switch pipeline.submit(request.question.kind, deadline: request.deadline) {
    case .refuse(let error): request.finish(.failure(error))
    case .wait(let id):
      keep(request, id)
      sendWhatMay()
    case .send(let id):
      keep(request, id)
      send(request.question, id)
    }
    setTimer()
  }

  func cancel(_ request: Request) {
    request.isCancelled = true
    guard let id = request.id else { return }
    guard case .finish(let sendCancel) = pipeline.cancel(id) else { return }
    if sendCancel { send(FrameHeader(.cancel, requestID: id.rawValue)) }
    finish(id, .failure(CancellationError()))
  }

  /// Makes the PREDICT, if it is one: a request that cannot be sent must not wait.
  private func prepare(_ request: Request) throws(DigitClientError) {
    guard case .predict(let question) = request.question, let terms else { return }
    let (predict, model) = try terms.predict(for: question)
    request.predict = predict
    request.model = ModelDescription(model)
  }

  private func keep(_ request: Request, _ id: Pipeline.ID) {
    request.id = id
    while requests.count <= id.slot { requests.append(nil) }
    requests[id.slot] = request
  }

  private func finish(_ id: Pipeline.ID, _ result: Result<Answer, any Error>) {
    requests[id.slot]!.finish(result)
    requests[id.slot] = nil
  }

  /// Sends waiting predictions while the server's limit and the stream's buffer have room.
  private func sendWhatMay() {
    guard case .open(let stream) = phase else { return }
    let now = Instant.now
    expire(now)
    while stream.unsentByteCount < options.limits.unsentByteCountMax,
      let id = pipeline.nextToSend()
    {
      let request = requests[id.slot]!
      guard case .predict(let question) = request.question, var predict = request.predict else {
        preconditionFailure("only predictions wait")
      }
      predict.deadlineMicroseconds = remainingMicroseconds(until: request.deadline, now: now)
      let header = predict.header(requestID: id.rawValue)
      stream.write(header.frameByteCount) { bytes in
        header.encode(into: bytes)
        question.images.copy(
          into: UnsafeMutableRawBufferPointer(rebasing: bytes[FrameHeader.byteCount...]))
      }
    }
  }

  private func send(_ question: Question, _ id: Pipeline.ID) {
    switch question {
    case .predict: preconditionFailure("predictions wait for their turn")
    case .ping: send(FrameHeader(.ping, requestID: id.rawValue))
    case .stats: send(FrameHeader(.stats, requestID: id.rawValue))
    case .metadata:
      send(
        FrameHeader(
          .metadata, requestID: id.rawValue, parameters: MetadataRequest.all.parameters))
    case .health(let probe): send(probe.request)
    }
  }

  private func send(_ header: FrameHeader) {
    guard case .open(let stream) = phase else { return }
    stream.write(FrameHeader.byteCount) { header.encode(into: $0) }
  }
}

/// PREDICT's deadline field: 0, which is none, where there is none or it lies too far away to
/// say; the client's own clock holds in any case.
private func remainingMicroseconds(until deadline: Instant?, now: Instant) -> UInt32 {
  guard let deadline else { return 0 }
  return UInt32(exactly: max(deadline.microseconds(since: now), 1)) ?? 0
}

// MARK: - The server's messages

extension ClientConnection {
  /// Returns why the connection must end, if it must.
  private func read(_ header: FrameHeader, _ payload: UnsafeRawBufferPointer) -> Pipeline.End? {
    do {
      switch MessageType(rawValue: header.type) {
      case .result, .pong, .statsReply, .metadataReply:
        try answerArrived(header, payload)
      case .healthReply: try healthArrived(header)
      case .error: try errorArrived(header, payload)
      case .goAway: try goAwayArrived(header)
      case .modelsChanged: modelsChanged(try list(header, payload))
      case .welcome: throw Violation(message: "expected one WELCOME, got a second")
      case .hello, .predict, .cancel, .ping, .stats, .metadata, .health, nil: break
      }
    } catch let violation as Violation {
      return .lost(reason: violation.message)
    } catch {
      return .lost(reason: "a message of type \(header.type) does not hold what it says")
    }
    return pipeline.departure.map { .left($0) }
  }

  private func answerArrived(_ header: FrameHeader, _ payload: UnsafeRawBufferPointer) throws {
    guard case .deliver(let id) = pipeline.answerArrived(header.requestID) else { return }
    do {
      let answer = try Answer(to: requests[id.slot]!, header, payload: payload)
      if case .models(let entries) = answer { modelsChanged(entries) }
      finish(id, .success(answer))
    } catch {
      finish(id, .failure(Pipeline.End.lost(reason: error.message).error(wasSent: true)))
      throw error
    }
  }

  private func healthArrived(_ header: FrameHeader) throws {
    guard let probe = HealthProbe(rawValue: header.parameters.u8(at: 0)) else {
      throw Violation(message: "expected a HEALTH_REPLY about probe 0 or 1")
    }
    guard case .deliver(let id) = pipeline.healthArrived(probe) else { return }
    finish(id, .success(.health(header.parameters.u8(at: 1) == 1)))
  }

  private func errorArrived(_ header: FrameHeader, _ payload: UnsafeRawBufferPointer) throws {
    let message = try ErrorMessage(header.parameters, payload: payload)
    if header.requestID != 0,
      case .deliver(let id) = pipeline.answerArrived(header.requestID)
    {
      let isLate = message.code == .deadlineExceeded
      finish(
        id,
        .failure(
          isLate
            ? DigitClientError.timedOut(processed: message.processed) : .refused(message)))
    }
    if message.closes {
      throw Violation(message: "the server closed it with \(message.code): \(message.message)")
    }
  }

  private func goAwayArrived(_ header: FrameHeader) throws {
    let reason = try GoAway(header.parameters).reason
    for id in pipeline.goAwayArrived(reason) {
      finish(id, .failure(Pipeline.End.left(reason).error(wasSent: false)))
    }
  }

  private func list(
    _ header: FrameHeader, _ payload: UnsafeRawBufferPointer
  ) throws -> [ModelEntry] {
    try ModelList(header.parameters, payload: payload).models
  }

  private func modelsChanged(_ entries: [ModelEntry]) {
    terms?.models = entries
    models.withLock { $0 = entries.map(ModelDescription.init) }
  }
}

// MARK: - Time

extension ClientConnection {
  private func timerFired() {
    timerDue = nil
    expire(.now)
    setTimer()
  }

  private func expire(_ now: Instant) {
    for request in pipeline.expire(now: now) {
      if request.wasSent, requests[request.id.slot]!.question.kind == .prediction {
        send(FrameHeader(.cancel, requestID: request.id.rawValue))
      }
      finish(
        request.id,
        .failure(DigitClientError.timedOut(processed: request.wasSent ? .unknown : .no)))
    }
  }

  /// Sets the timer to the next deadline, unless it fires before that anyway.
  private func setTimer() {
    guard let due = pipeline.nextDeadline, due < timerDue ?? due.advanced(byMicroseconds: 1),
      case .open = phase
    else { return }
    timerDue = due
    timer?.start(after: .microseconds(Int64(due.microseconds(since: .now)) + 1))
  }
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
