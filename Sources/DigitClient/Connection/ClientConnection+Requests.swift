import DigitWire
import EventLoop

// MARK: - Submitting and sending

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
    if sendCancel { send(Cancel().header(requestID: id.rawValue)) }
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
    while requests.count <= Int(id.index) { requests.append(nil) }
    requests[Int(id.index)] = request
  }

  func finish(_ id: Pipeline.ID, _ result: Result<Answer, any Error>) {
    requests[Int(id.index)]!.finish(result)
    requests[Int(id.index)] = nil
  }

  /// Sends waiting predictions while the server's limit and the stream's buffer have room.
  func sendWhatMay() {
    guard case .open(let stream) = phase else { return }
    let now = Instant.now
    expire(now)
    while stream.unsentByteCount < options.limits.unsentByteCountMax,
      let id = pipeline.nextToSend()
    {
      let request = requests[Int(id.index)]!
      guard case .predict(let question) = request.question, var predict = request.predict else {
        preconditionFailure("only predictions wait")
      }
      predict.deadlineMicroseconds = remainingMicroseconds(until: request.deadline, now: now)
      stream.write(predict.encodedByteCount) { [predict] frame in
        predict.encode(requestID: id.rawValue, into: frame) { question.images.copy(into: $0) }
      }
    }
  }

  func send(_ question: Question, _ id: Pipeline.ID) {
    switch question {
    case .predict: preconditionFailure("predictions wait for their turn")
    case .ping: sendPing(id)
    case .stats: send(StatsRequest().header(requestID: id.rawValue))
    case .metadata: send(MetadataRequest.all.header(requestID: id.rawValue))
    case .reload: send(ReloadRequest().header(requestID: id.rawValue))
    case .health(let probe): send(probe.header())
    }
  }

  private func sendPing(_ id: Pipeline.ID) {
    guard case .open(let stream) = phase else { return }
    let echo = Pong.echo(of: id.rawValue)
    let ping = Ping(payloadByteCount: echo.count)
    stream.write(ping.encodedByteCount) { frame in
      ping.encode(requestID: id.rawValue, into: frame) { $0.copyBytes(from: echo) }
    }
  }

  /// A frame without payload.
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

// MARK: - Time

extension ClientConnection {
  func timerFired() {
    timerDue = nil
    expire(.now)
    setTimer()
  }

  private func expire(_ now: Instant) {
    for request in pipeline.expire(now: now) {
      let expired = requests[Int(request.id.index)]!
      if request.wasSent, expired.question.kind == .prediction {
        send(Cancel().header(requestID: request.id.rawValue))
      }
      let error = DigitClientError.timedOut(
        after: expired.patience!, processed: request.wasSent ? .unknown : .no)
      finish(request.id, .failure(error))
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
