import DigitWire
import EventLoop

/// One client's connection: carries bytes between the stream, the protocol's rules and the
/// inference service. Decisions are `ConnectionState`'s.
final class Connection {
  let id: ConnectionID
  private let stream: ByteStream
  private unowned let server: Server
  private var state: ConnectionState
  private var decoder = FrameDecoder(
    payloadByteCountMax: ProtocolLimits.payloadByteCountMaxBeforeWelcome)
  private var collector = PayloadCollector()
  private var intake = Intake.nothing
  private var frameCount: UInt64 = 0
  private var frameCountAtSweep: UInt64 = 0
  private var clock: ConnectionClock
  /// What of the server's budget for unsent answers is ours.
  private var accountedByteCount = 0
  /// Came when the server was draining already: the drain does not wait for it.
  let isLate: Bool

  /// Where the payload of the frame that is being read goes.
  private enum Intake {
    case nothing
    case skipping
    case hello(FrameHeader)
    case ping(FrameHeader)
    case images(RequestIndex, id: UInt64)
  }

  init(_ id: ConnectionID, stream: ByteStream, server: Server, now: Instant) {
    self.id = id
    self.stream = stream
    self.server = server
    isLate = server.isDraining
    state = ConnectionState(limits: server.limits.perConnection)
    clock = ConnectionClock(limits: server.limits, now: now)
    stream.delegate = self
    stream.startReading()
  }

  // MARK: In

  private func take(_ header: FrameHeader, now: Instant) {
    frameCount += 1
    intake = .skipping
    switch state.headerArrived(header) {
    case .collectHello: intake = .hello(header)
    case .collectPing: intake = .ping(header)
    case .predict(let predict): begin(predict, id: header.requestID, now: now)
    case .cancel(let request): cancel(request, id: header.requestID)
    case .stats: send(server.stats(now: now), id: header.requestID)
    case .metadata(let request): answer(request, id: header.requestID)
    case .health(let probe): send(HealthReply(probe, isYes: probe == .live || server.isReady))
    case .skip: break
    case .refuse(let refusal, let requestID): refuse(refusal, requestID: requestID)
    }
    // A frame without payload has no piece that could end it.
    if header.payloadByteCount == 0 {
      take(UnsafeRawBufferPointer(start: nil, count: 0), remaining: 0, now: now)
    }
  }

  private func take(_ piece: UnsafeRawBufferPointer, remaining: Int, now: Instant) {
    switch intake {
    case .nothing, .skipping: break
    case .hello(let header):
      collector.add(piece, remaining: remaining) { greet(header, payload: $0) }
    case .ping(let header):
      collector.add(piece, remaining: remaining) { answerPing(header, payload: $0) }
    case .images(let request, let id):
      server.inference.fill(request, with: piece)
      if remaining == 0 { finishFilling(request, id: id, now: now) }
    }
    if remaining == 0 { intake = .nothing }
  }

  private func greet(_ header: FrameHeader, payload: UnsafeRawBufferPointer) {
    do {
      _ = try state.helloArrived(header, payload: payload, token: server.token)
      decoder.payloadByteCountMax = server.limits.perConnection.payloadByteCountMax
      send(Welcome(limits: server.limits.perConnection, models: server.catalog.entries))
      if server.isDraining { drain() }
    } catch {
      refuse(error, requestID: 0)
    }
  }

  private func begin(_ predict: Predict, id requestID: UInt64, now: Instant) {
    server.metrics.requestsReceived += 1
    do {
      let model = try server.catalog.index(
        handle: predict.modelHandle, version: predict.modelVersion)
      try state.roomForRequest()
      let request = try server.inference.begin(
        predict, id: requestID, model: model, connection: id, now: now)
      state.requestBegan(requestID, request)
      intake = .images(request, id: requestID)
    } catch {
      refuse(error, requestID: requestID)
    }
  }

  private func finishFilling(_ request: RequestIndex, id requestID: UInt64, now: Instant) {
    do {
      try server.inference.finishFilling(request, now: now)
    } catch {
      state.requestEnded(requestID)
      refuse(error, requestID: requestID)
    }
  }

  private func cancel(_ request: RequestIndex, id requestID: UInt64) {
    guard server.inference.cancel(request) else { return }
    state.requestEnded(requestID)
    refuse(Refusal(.cancelled, "dropped before inference began"), requestID: requestID)
    closeIfComplete()
  }

  // MARK: Out

  /// The answer to a request of this connection.
  func answer(_ entry: borrowing RequestEntry, _ outcome: InferenceService.Outcome) {
    state.requestEnded(entry.id)
    // One that is answered before its images have all come: the rest is read over.
    if case .images(_, entry.id) = intake { intake = .skipping }
    switch outcome {
    case .computed: sendResult(entry)
    case .refused(let refusal): refuse(refusal, requestID: entry.id)
    }
    pauseIfUnread()
    closeIfComplete()
  }

  private func sendResult(_ entry: borrowing RequestEntry) {
    let model = server.catalog.models[entry.model]
    let classCount = model.plan.classCount
    let result = PredictResult(
      modelVersion: model.version,
      queueMicroseconds: UInt32(clamping: entry.queueMicroseconds),
      computeMicroseconds: UInt32(clamping: entry.computeMicroseconds),
      imageCount: entry.predict.imageCount, returns: entry.predict.returns,
      classCount: classCount, precision: model.precision.onWire)
    let slab = server.inference.slab
    let id = entry.id
    var slot = entry.firstSlot
    stream.write(result.encodedByteCount) { frame in
      result.encode(requestID: id, into: frame) { records in
        for _ in 0..<result.imageCount {
          records.append(UnsafeBufferPointer(start: slab.probabilities(slot), count: classCount))
          slot = slab.next(after: slot)
        }
      }
    }
    server.metrics.requestsAnswered += 1
  }

  private func answerPing(_ header: FrameHeader, payload: UnsafeRawBufferPointer) {
    let pong = Pong(payloadByteCount: payload.count)
    stream.write(pong.encodedByteCount) { frame in
      pong.encode(requestID: header.requestID, into: frame) { $0.copyMemory(from: payload) }
    }
  }

  private func answer(_ request: MetadataRequest, id requestID: UInt64) {
    do {
      send(MetadataReply(try server.catalog.entries(for: request)), id: requestID)
    } catch {
      refuse(error, requestID: requestID)
    }
  }

  private func send(_ message: some WholeMessage, id requestID: UInt64 = 0) {
    stream.write(message.encodedByteCount) { message.encode(requestID: requestID, into: $0) }
  }

  private func refuse(_ refusal: Refusal, requestID: UInt64) {
    server.metrics.requestsRefused += 1
    let retryAfter =
      refusal.code == .overloaded ? server.limits.retryAfterMilliseconds : 0
    let message = ErrorMessage(refusal, retryAfterMilliseconds: retryAfter)
    send(message, id: requestID)
    server.log.debug(
      "refused",
      ["connection": id.index, "code": refusal.code, "request": requestID, "why": refusal.message])
    if message.closes { finish(because: refusal) }
  }

  // MARK: End

  /// Tells the client to go elsewhere: it closes when it has its answers, or `sweep` does.
  func drain() {
    guard state.drainBegan() else { return }
    let grace = server.limits.drainGrace.wholeMilliseconds
    send(GoAway(reason: .shutdown, graceMilliseconds: UInt32(clamping: grace)))
  }

  /// Closes now, whatever is under way.
  func close() { stream.close() }

  /// Times out what has stood still too long. To be called now and then.
  func sweep(now: Instant) {
    let observed = ConnectionClock.Observation(
      phase: state.phase, serverIsDraining: server.isDraining, frameCount: frameCount,
      isMidFrame: !decoder.isBetweenFrames && stream.isReadingWanted,
      requestsInFlight: state.inFlightCount,
      unsentByteCount: stream.unsentByteCount)
    switch clock.check(observed, now: now) {
    case .wait: releaseMemoryIfIdle()
    case .endSending: endSending()
    case .refuse(let why): refuse(Refusal(.timedOut, why), requestID: 0)
    case .close:
      server.log.debug("abandoned", ["connection": id.index])
      stream.close()
    }
  }

  private func finish(because refusal: Refusal) {
    server.logPeer(
      "connection refused",
      ["connection": id.index, "code": refusal.code, "why": refusal.message])
    dropRequests()
    endSending()
  }

  private func closeIfComplete() {
    if state.isComplete { endSending() }
  }

  /// What is written still goes out; what still comes is dropped, so that bytes left unread do not
  /// reset the connection before the peer has read our last frame.
  private func endSending() {
    state.finish()
    stream.end()
    stream.startReading()
    closeIfSent()
  }

  private func closeIfSent() {
    if state.phase == .finished, state.peerHasEnded, stream.unsentByteCount == 0 {
      stream.close()
    }
  }

  private func dropRequests() {
    if case .images = intake { intake = .skipping }
    for request in state.takeRequests() { server.inference.abandon(request) }
  }

  /// Reads no more from a peer that does not read; and lets it go where the budget of all is
  /// used up and it holds more than its share.
  private func pauseIfUnread() {
    account()
    guard stream.unsentByteCount > server.unsentByteCountMaxPerConnection else { return }
    stream.stopReading()
    guard server.isOverUnsentBudget else { return }
    server.metrics.connectionsCutUnread += 1
    server.log.debug(
      "cut unread", ["connection": id.index, "unsent": stream.unsentByteCount])
    stream.close()
  }

  private func account() {
    let unsent = stream.isClosing ? 0 : stream.unsentByteCount
    server.unsentByteCount += unsent - accountedByteCount
    accountedByteCount = unsent
  }

  private func releaseMemoryIfIdle() {
    if frameCount == frameCountAtSweep, state.inFlightCount == 0 { stream.releaseMemory() }
    frameCountAtSweep = frameCount
  }
}

extension Connection: ByteStreamDelegate {
  func stream(_ stream: ByteStream, didRead bytes: UnsafeRawBufferPointer) {
    let now = Instant.now
    server.metrics.bytesReceived += UInt64(bytes.count)
    guard state.phase != .finished else { return }
    var input = bytes
    do {
      while let element = try decoder.next(&input) {
        switch element {
        case .header(let header): take(header, now: now)
        case .payload(let piece, let remaining): take(piece, remaining: remaining, now: now)
        }
        if state.phase == .finished { return }
      }
      if case .images(let request, _) = intake { server.inference.stall(request) }
    } catch {
      // The first bytes of the connection, as far as one read brought them.
      let speech = frameCount == 0 ? ForeignSpeech(firstBytes: bytes) : nil
      refuse(speech?.refusal ?? error.refusal, requestID: 0)
    }
    pauseIfUnread()
  }

  func streamDidReachEnd(_ stream: ByteStream) {
    // A frame of which a part is missing is dropped, not processed.
    if case .images(let request, let id) = intake {
      state.requestEnded(id)
      server.inference.abandon(request)
      intake = .nothing
    }
    state.peerEnded()
    closeIfComplete()
    closeIfSent()
  }

  func streamDidSend(_ stream: ByteStream) {
    account()
    if stream.unsentByteCount <= server.unsentByteCountMaxPerConnection / 2 {
      stream.startReading()
    }
    closeIfSent()
  }

  func stream(_ stream: ByteStream, didFail error: UVError) {
    server.log.debug("connection lost", ["connection": id.index, "error": error])
    stream.close()
  }

  func streamDidClose(_ stream: ByteStream) {
    account()
    dropRequests()
    server.connectionClosed(self)
  }
}
