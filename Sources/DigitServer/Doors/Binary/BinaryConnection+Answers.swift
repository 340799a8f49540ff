import DigitWire
import EventLoop

/// What a connection writes.
extension BinaryConnection: Asker {
  package func answer(_ answer: borrowing InferenceAnswer) {
    let (pending, ending) = state.requestEnded(answer.tag)
    switch answer.outcome {
    case .computed(let result):
      send(result, requestID: answer.tag, returns: pending.returns)
      log(pending.request, .answered)
      context.metrics.requestsAnswered.add()
    case .rejected(let rejection):
      if context.requestLog != nil {
        log(pending.request, RequestOutcome(rejection), Refusal(rejection).code)
      }
      reject(rejection, requestID: answer.tag, now: .now)
    }
    pauseIfUnread()
    act(ending)
  }

  /// Encodes the answer from where the workers wrote it straight into what is to be sent.
  private func send(_ result: InferenceResult, requestID: UInt64, returns: ReturnKind) {
    let message = PredictResult(
      modelVersion: result.model.version,
      queueMicroseconds: UInt32(clamping: result.queueMicroseconds),
      computeMicroseconds: UInt32(clamping: result.computeMicroseconds),
      imageCount: result.imageCount, returns: returns,
      classCount: result.model.plan.classCount, precision: result.model.precision.onWire)
    transport.write(message.encodedByteCount) { frame in
      message.encode(requestID: requestID, into: frame) { records in
        result.forEachImage { records.append($0) }
      }
    }
  }

  func sendWelcome() {
    send(
      Welcome(
        features: state.features, limits: context.limits.perConnection,
        models: context.catalog.entries))
  }

  /// Other models are served from now on.
  package func modelsChanged() {
    guard state.wantsAnnouncements else { return }
    send(ModelsChanged(context.catalog.entries))
    pauseIfUnread()
  }

  func answerPing(_ header: FrameHeader, payload: UnsafeRawBufferPointer) {
    let pong = Pong(payloadByteCount: payload.count)
    budget.take(answerByteCount: pong.encodedByteCount)
    transport.write(pong.encodedByteCount) { frame in
      pong.encode(requestID: header.requestID, into: frame) { $0.copyMemory(from: payload) }
    }
  }

  func answer(_ request: MetadataRequest, id requestID: UInt64, now: Instant) {
    do {
      send(MetadataReply(try context.catalog.entries(for: request)), id: requestID)
    } catch {
      refuse(error, requestID: requestID, now: now)
    }
  }

  func sendStats(requestID: UInt64, now: Instant) {
    let tellsModels = state.features.contains(.modelStatistics)
    send(context.stats(now: now, tellsModels: tellsModels), id: requestID)
  }

  func send(_ message: some WholeMessage, id requestID: UInt64 = 0) {
    let byteCount = message.encodedByteCount
    budget.take(answerByteCount: byteCount)
    transport.write(byteCount) { message.encode(requestID: requestID, into: $0) }
  }

  func reject(_ rejection: Rejection, requestID: UInt64, now: Instant) {
    refuse(
      Refusal(rejection), requestID: requestID, now: now,
      retryAfterMilliseconds: rejection.retryAfterMilliseconds(
        usual: context.limits.retryAfterMilliseconds) ?? 0)
  }

  func refuse(
    _ refusal: Refusal, requestID: UInt64, now: Instant, retryAfterMilliseconds: UInt32 = 0
  ) {
    context.metrics.requestsRefused.add()
    let message = ErrorMessage(refusal, retryAfterMilliseconds: retryAfterMilliseconds)
    send(message, id: requestID)
    context.log.debug(
      "refused", about: label,
      ["code": refusal.code, "request": requestID, "why": refusal.message])
    if message.closes { finish(because: refusal, now: now) }
  }
}

extension StatsReply.Entry {
  init(_ figure: ServerFigure) {
    let kind: Kind =
      switch figure.kind {
      case .counter: .counter
      case .gauge: .gauge
      }
    self.init(figure.name, kind, figure.value)
  }
}
