import DigitWire
import EventLoop
import Slots

/// One client's connection in the binary protocol: carries bytes between the transport, the
/// protocol's rules and the inference service. Decisions are `ConnectionState`'s.
package final class BinaryConnection {
  package let id: SlotID
  let transport: any Transport
  let context: LoopContext
  var state: ConnectionState
  private var decoder = FrameDecoder(
    payloadByteCountMax: ProtocolLimits.payloadByteCountMaxBeforeWelcome)
  private var collector = PayloadCollector()
  private var frameCount: UInt64 = 0
  private var frameCountAtSweep: UInt64 = 0
  private var receivedByteCount: UInt64 = 0
  private var clock: ConnectionClock
  private var unsent = UnsentShare()
  var budget = TurnBudget()
  package let share = AskerShare()
  /// What is answered after a while: to a wrong token, and to who is one connection too many.
  private var withheld: (refusal: Refusal, until: Instant)?
  /// Called once, when the transport has closed.
  private let closed: (BinaryConnection) -> Void
  let origin: PeerOrigin
  let label: ConnectionLabel

  package init(
    _ id: SlotID, transport: any Transport, context: LoopContext,
    origin: PeerOrigin = .network(nil), turnedAway: Refusal? = nil, expires: Instant? = nil,
    now: Instant,
    closed: @escaping (BinaryConnection) -> Void
  ) {
    self.id = id
    self.transport = transport
    self.context = context
    self.origin = origin
    label = ConnectionLabel(number: id.index, peer: origin)
    self.closed = closed
    state = ConnectionState(limits: context.limits.perConnection, turnedAway: turnedAway)
    withheld = turnedAway.map { ($0, now.advanced(by: context.limits.lingerTimeout)) }
    clock = ConnectionClock(limits: context.limits, expires: expires, now: now)
    transport.startReading()
  }

  // MARK: In

  /// Bytes have come.
  package func received(_ bytes: UnsafeRawBufferPointer, now: Instant) {
    var input = bytes
    defer {
      let count = UInt64(bytes.count - input.count)
      context.metrics.bytesReceived.add(count)
      receivedByteCount &+= count
    }
    guard state.isReading else {
      input = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    budget.begin()
    do {
      while !budget.isUsedUp, let element = try decoder.next(&input) {
        switch element {
        case .header(let header): take(header, now: now)
        case .payload(let piece, let remaining): take(piece, remaining: remaining, now: now)
        }
        if !state.isReading {
          input = UnsafeRawBufferPointer(start: nil, count: 0)
          return
        }
      }
      if let request = state.requestBeingRead { context.inference.stall(request) }
    } catch {
      // The first bytes of the connection, as far as one read brought them.
      let speech = frameCount == 0 ? ForeignSpeech(firstBytes: bytes) : nil
      refuse(speech?.refusal ?? error.refusal, requestID: 0, now: now)
      input = UnsafeRawBufferPointer(start: nil, count: 0)
    }
    if input.isEmpty { pauseIfUnread() } else { wait(with: input) }
  }

  /// The turn's budget is used up: what is left comes again in the next.
  private func wait(with rest: UnsafeRawBufferPointer) {
    transport.stopReading()
    transport.unread(rest)
    if pauseIfUnread() == .withinShare { transport.startReading() }
  }

  private func take(_ header: FrameHeader, now: Instant) {
    frameCount += 1
    switch state.headerArrived(header) {
    case .collectHello, .collectPing: break
    case .skip: budget.take()
    case .predict(let predict): begin(predict, id: header.requestID, now: now)
    case .cancel(let request):
      budget.take()
      cancel(request, id: header.requestID, now: now)
    case .stats: sendStats(requestID: header.requestID, now: now)
    case .metadata(let request): answer(request, id: header.requestID, now: now)
    case .health(let probe): send(HealthReply(probe, isYes: probe == .live || context.isReady))
    case .reload: reload(requestID: header.requestID, now: now)
    case .refuse(let refusal, let requestID): refuse(refusal, requestID: requestID, now: now)
    }
    // A frame without payload has no piece that could end it.
    if header.payloadByteCount == 0 {
      take(UnsafeRawBufferPointer(start: nil, count: 0), remaining: 0, now: now)
    }
  }

  private func take(_ piece: UnsafeRawBufferPointer, remaining: Int, now: Instant) {
    switch state.intake {
    case .nothing, .skipping: break
    case .hello(let header):
      collector.add(piece, remaining: remaining) { greet(header, payload: $0, now: now) }
    case .ping(let header):
      collector.add(piece, remaining: remaining) { answerPing(header, payload: $0) }
    case .images(let request, let id):
      context.inference.fill(request, with: piece)
      if remaining == 0 { finishFilling(request, id: id, now: now) }
    }
    if remaining == 0 { state.payloadEnded() }
  }

  private func greet(_ header: FrameHeader, payload: UnsafeRawBufferPointer, now: Instant) {
    do {
      _ = try state.helloArrived(header, payload: payload, context.access, from: origin)
      decoder.payloadByteCountMax = context.limits.perConnection.payloadByteCountMax
      sendWelcome()
      if context.isDraining { drain() }
    } catch {
      guard error.code == .unauthenticated else { return refuse(error, requestID: 0, now: now) }
      refuseToken(error, now: now)
    }
  }

  private func refuseToken(_ refusal: Refusal, now: Instant) {
    let delay = context.guessed(label, now: now)
    guard delay > .zero else { return refuse(refusal, requestID: 0, now: now) }
    withheld = (refusal, now.advanced(by: delay))
    state.tokenRefused()
  }

  private func begin(_ predict: Predict, id requestID: UInt64, now: Instant) {
    context.metrics.requestsReceived.add()
    do {
      let model = try context.catalog.model(
        handle: predict.modelHandle, version: predict.modelVersion)
      do {
        try state.roomForRequest()
      } catch {
        log(predict, of: model, id: requestID, .refused, error.code)
        return refuse(error, requestID: requestID, now: now)
      }
      begin(predict, of: model, id: requestID, now: now)
    } catch {
      log(predict, of: nil, id: requestID, .refused, error.code)
      refuse(error, requestID: requestID, now: now)
    }
  }

  private func begin(
    _ predict: Predict, of model: LoadedModel, id requestID: UInt64, now: Instant
  ) {
    let request = InferenceRequest(
      model: model, pixelType: predict.pixelType.ofModel, isRaw: predict.isRaw,
      imageCount: predict.imageCount,
      deadlineMicroseconds: UInt64(predict.deadlineMicroseconds), asker: self, tag: requestID)
    do {
      let index = try context.inference.begin(request, now: now)
      state.requestBegan(requestID, index, returns: predict.returns)
    } catch {
      // A refusal's words are made once where requests are not logged.
      if context.requestLog != nil {
        log(predict, of: model, id: requestID, RequestOutcome(error), Refusal(error).code)
      }
      reject(error, requestID: requestID, now: now)
    }
  }

  private func finishFilling(_ request: RequestIndex, id requestID: UInt64, now: Instant) {
    let summary = context.requestLog.map { _ in context.inference.summary(of: request) }
    do {
      try context.inference.finishFilling(request, now: now)
    } catch {
      log(summary, RequestOutcome(error), Refusal(error).code)
      let ended = state.requestEnded(requestID)
      reject(error, requestID: requestID, now: now)
      act(ended.ending)
    }
  }

  private func cancel(_ request: RequestIndex, id requestID: UInt64, now: Instant) {
    let summary = context.requestLog.map { _ in context.inference.summary(of: request) }
    guard context.inference.cancel(request) else { return }
    log(summary, .abandoned, .cancelled)
    let ended = state.requestEnded(requestID)
    refuse(
      Refusal(.cancelled, "dropped before inference began"), requestID: requestID, now: now)
    act(ended.ending)
  }

  // MARK: Flow

  /// Reads no more from a peer that does not read; and lets it go where the budget of all is
  /// used up and it holds more than its share.
  @discardableResult
  func pauseIfUnread() -> UnsentShare.Standing {
    account()
    let standing = unsent.standing(in: context.unsent)
    switch standing {
    case .withinShare: break
    case .overShare: transport.stopReading()
    case .overBudget:
      context.cutUnread(label, unsentByteCount: transport.unsentByteCount)
      transport.close()
      account()
    }
    return standing
  }

  private func account() { unsent.update(transport, in: context.unsent) }

  /// Some of what was unsent has been sent.
  package func sent() {
    account()
    if unsent.isRelieved(in: context.unsent) { transport.startReading() }
    act(state.sent(unsentByteCount: transport.unsentByteCount))
  }

  // MARK: End

  /// Tells the client to go elsewhere: it closes when it has its answers, or `sweep` does.
  package func drain() { drain(because: .shutdown) }

  private func drain(because reason: GoAway.Reason) {
    guard state.drainBegan() else { return }
    let grace = context.limits.drainGrace.wholeMilliseconds
    send(GoAway(reason: reason, graceMilliseconds: UInt32(clamping: grace)))
    account()
  }

  /// Closes now, whatever is under way.
  package func close() { transport.close() }

  /// The peer will send no more; it may still be reading.
  package func peerEnded() {
    let end = state.peerEnded()
    if let request = end.abandoned { abandon(request) }
    act(end.ending)
    act(state.sent(unsentByteCount: transport.unsentByteCount))
  }

  /// The connection broke.
  package func failed(_ error: UVError) {
    context.log.debug("connection lost", about: label, ["error": error])
    transport.close()
    account()
  }

  /// The transport's last event.
  package func transportClosed() {
    account()
    dropRequests()
    closed(self)
  }

  /// Times out what has stood still too long. To be called now and then.
  package func sweep(now: Instant) {
    if let withheld, now >= withheld.until {
      self.withheld = nil
      refuse(withheld.refusal, requestID: 0, now: now)
    }
    let observed = ConnectionClock.Observation(
      phase: state.phase, serverIsDraining: context.isDraining, frameCount: frameCount,
      receivedByteCount: receivedByteCount,
      isMidFrame: isMidFrame,
      requestsInFlight: state.inFlightCount, unsentByteCount: transport.unsentByteCount)
    switch clock.check(observed, now: now) {
    case .wait: releaseMemoryIfIdle()
    case .goAway: drain(because: .maximumAge)
    case .endSending: act(state.finish())
    case .refuse(let reason):
      context.metrics.cut(CutReason(timedOut: observed))
      refuse(Refusal(.timedOut, reason), requestID: 0, now: now)
    case .close: transport.close()
    case .cut:
      context.cutStalled(label, unsentByteCount: transport.unsentByteCount, now: now)
      transport.close()
    }
    account()
  }

  /// Not where we ourselves have stopped reading.
  var isMidFrame: Bool { !decoder.isBetweenFrames && transport.isReadingWanted }

  /// Requests that wait for an answer.
  package var requestsInFlight: Int { state.inFlightCount }

  func finish(because refusal: Refusal, now: Instant) {
    if refusal.code != .timedOut { context.metrics.cut(.refused) }
    context.log.info(
      "connection refused", about: label, now: now,
      ["code": refusal.code, "why": refusal.message])
    if refusal.code == .tooManyConnections { context.metrics.connectionsRefused.add() }
    withheld = nil
    dropRequests()
    act(state.finish())
  }

  func act(_ ending: ConnectionState.Ending) {
    switch ending {
    case .goOn: break
    case .endSending:
      transport.end()
      transport.startReading()
      act(state.sent(unsentByteCount: transport.unsentByteCount))
    case .close: transport.close()
    }
  }

  private func dropRequests() {
    for request in state.takeRequests() { abandon(request) }
  }

  private func abandon(_ request: RequestIndex) {
    log(request, .abandoned)
    context.inference.abandon(request)
  }

  private func releaseMemoryIfIdle() {
    if frameCount == frameCountAtSweep, state.inFlightCount == 0 { transport.releaseMemory() }
    frameCountAtSweep = frameCount
  }
}

extension BinaryConnection: DoorConnection {}
