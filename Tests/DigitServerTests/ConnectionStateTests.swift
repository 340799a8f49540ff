import DigitServer
import DigitWire
import Testing

struct ConnectionStateTests {
  private let nothing = UnsafeRawBufferPointer(start: nil, count: 0)

  private func serving(
    limits: ConnectionLimits = ConnectionLimits()
  ) throws -> ConnectionState {
    var state = ConnectionState(limits: limits)
    _ = try state.helloArrived(
      FrameHeader(.hello, parameters: Hello().parameters), payload: nothing, AccessList(),
      from: .unixSocket)
    return state
  }

  private func predict(_ id: UInt64, images: Int = 1) -> FrameHeader {
    Predict(imageCount: images).header(requestID: id)
  }

  /// Begins a request whose pixels have all come.
  private func begin(_ id: UInt64, _ request: RequestIndex, on state: inout ConnectionState) {
    state.requestBegan(id, request, returns: .topOne)
    state.payloadEnded()
  }

  private func code(_ action: ConnectionState.HeaderAction) -> (ErrorCode, UInt64)? {
    if case .refuse(let refusal, let id) = action { (refusal.code, id) } else { nil }
  }

  @Test func `who is one connection too many is answered health and nothing else`() {
    let refusal = Refusal(.tooManyConnections, "expected at most 1 connection, got one more")
    var state = ConnectionState(limits: ConnectionLimits(), turnedAway: refusal)
    let health = FrameHeader(.health, parameters: HealthProbe.live.parameters)
    #expect(state.headerArrived(health) == .health(.live))
    state.payloadEnded()
    let hello = FrameHeader(.hello, parameters: Hello().parameters)
    #expect(state.headerArrived(hello) == .refuse(refusal, requestID: 0))
  }

  private func code(_ body: () throws(Refusal) -> Void) -> ErrorCode? {
    do {
      try body()
      return nil
    } catch {
      return error.code
    }
  }

  @Test func `before hello only hello and health are taken`() {
    var state = ConnectionState(limits: ConnectionLimits())
    let hello = FrameHeader(.hello)
    #expect(state.headerArrived(hello) == .collectHello)
    #expect(state.intake == .hello(hello))
    #expect(state.headerArrived(HealthProbe.ready.header()) == .health(.ready))
    for type in [MessageType.predict, .ping, .stats, .metadata, .cancel, .result] {
      let refused = code(state.headerArrived(FrameHeader(type, requestID: 5)))
      #expect(refused! == (.handshakeRequired, 0))
      #expect(state.intake == .skipping)
    }
  }

  @Test func `one reload at a time is in flight, and its id is in use until its answer`() throws {
    var state = try serving()
    let reload = ReloadRequest().header(requestID: 7)
    #expect(state.headerArrived(reload) == .reload)
    try state.reloadBegan(7)
    #expect(state.inFlightCount == 1)
    #expect(code(state.headerArrived(reload))! == (.duplicateRequestID, 0))
    #expect(code(state.headerArrived(predict(7)))! == (.duplicateRequestID, 0))
    #expect(code { () throws(Refusal) in try state.reloadBegan(8) } == .tooManyInFlight)
    #expect(state.reloadEnded(8) == nil)
    #expect(state.reloadEnded(7) == .goOn && state.inFlightCount == 0)
    #expect(state.reloadEnded(7) == nil)
    #expect(state.headerArrived(predict(7)) == .predict(Predict(imageCount: 1)))
  }

  @Test func `a peer that has ended gets the answer to its reload`() throws {
    var state = try serving()
    try state.reloadBegan(7)
    #expect(state.peerEnded().ending == .goOn)
    #expect(state.reloadEnded(7) == .endSending)
  }

  @Test func `a good hello opens the connection`() throws {
    var state = try serving()
    #expect(state.phase == .serving)
    #expect(state.headerArrived(predict(1)) == .predict(Predict(imageCount: 1)))
  }

  @Test func `a token must be the server's to the last byte`() {
    for token in [[], [1, 2], [1, 2, 3, 4], [1, 2, 4]] as [[UInt8]] {
      var state = ConnectionState(limits: ConnectionLimits())
      let header = FrameHeader(.hello, parameters: Hello().parameters)
      let refused = token.withUnsafeBytes { bytes in
        code { () throws(Refusal) in
          _ = try state.helloArrived(
            header, payload: bytes,
            AccessList(TokenList(token: [1, 2, 3])), from: .network(nil))
        }
      }
      #expect(refused == .unauthenticated)
      #expect(state.phase == .greeting)
    }
  }

  @Test func `an id is in use from its request to its answer`() throws {
    var state = try serving()
    begin(7, 100, on: &state)
    #expect(code(state.headerArrived(predict(7)))! == (.duplicateRequestID, 0))
    #expect(code(state.headerArrived(FrameHeader(.ping, requestID: 7)))!.0 == .duplicateRequestID)
    let ended = state.requestEnded(7)
    #expect(ended.pending.request == 100)
    #expect(ended.ending == .goOn)
    #expect(state.headerArrived(predict(7)) == .predict(Predict(imageCount: 1)))
  }

  @Test func `cancel names a request in flight, or is skipped`() throws {
    var state = try serving()
    begin(7, 100, on: &state)
    #expect(state.headerArrived(FrameHeader(.cancel, requestID: 7)) == .cancel(100))
    #expect(state.headerArrived(FrameHeader(.cancel, requestID: 8)) == .skip)
  }

  @Test func `requests over the limit of the connection are refused`() throws {
    var state = try serving(limits: ConnectionLimits(requestsInFlightMax: 2))
    for id in UInt64(1)...2 {
      try state.roomForRequest()
      begin(id, RequestIndex(id), on: &state)
    }
    #expect(code(state.roomForRequest) == .tooManyInFlight)
    _ = state.requestEnded(1)
    try state.roomForRequest()
  }

  @Test func `a request that is answered before its images have come is read over`() throws {
    var state = try serving()
    state.requestBegan(1, 10, returns: .topOne)
    #expect(state.requestBeingRead == 10)
    _ = state.requestEnded(1)
    #expect(state.intake == .skipping)
    #expect(state.requestBeingRead == nil)
  }

  @Test func `after goaway predictions are refused and the rest works`() throws {
    var state = try serving()
    begin(1, 0, on: &state)
    let begins = (0..<2).map { _ in state.drainBegan() }
    #expect(begins == [true, false])
    #expect(code(state.headerArrived(predict(2)))! == (.draining, 2))
    #expect(state.headerArrived(FrameHeader(.stats, requestID: 3)) == .stats)
    #expect(state.headerArrived(FrameHeader(.cancel, requestID: 1)) == .cancel(0))
  }
}

/// How connections come to their end.
struct ConnectionEndingTests {
  private func serving(inFlight ids: [UInt64] = []) throws -> ConnectionState {
    var state = ConnectionState(limits: ConnectionLimits())
    _ = try state.helloArrived(
      FrameHeader(.hello, parameters: Hello().parameters),
      payload: UnsafeRawBufferPointer(start: nil, count: 0), AccessList(),
      from: .network(nil))
    for id in ids {
      state.requestBegan(id, RequestIndex(id), returns: .topOne)
      state.payloadEnded()
    }
    return state
  }

  @Test func `a half-closed connection ends when its last answer is written and sent`() throws {
    var state = try serving(inFlight: [1, 2])
    #expect(state.peerEnded() == (nil, .goOn))
    #expect(state.phase == .answering)
    #expect(state.requestEnded(1).ending == .goOn)
    #expect(state.requestEnded(2).ending == .endSending)
    #expect(state.sent(unsentByteCount: 8) == .goOn)
    #expect(state.sent(unsentByteCount: 0) == .close)
  }

  @Test func `a connection that owes nothing ends with its peer`() throws {
    var state = try serving()
    #expect(state.peerEnded() == (nil, .endSending))
    #expect(state.sent(unsentByteCount: 0) == .close)
  }

  @Test func `a peer that ends within a request gives it up`() throws {
    var state = try serving(inFlight: [1])
    state.requestBegan(2, 20, returns: .topOne)
    #expect(state.peerEnded() == (20, .goOn))
    #expect(state.inFlightCount == 1)
    #expect(state.takeRequests() == [1])
  }

  @Test func `a connection that we end waits for its peer, and reads nothing more`() throws {
    var state = try serving(inFlight: [1])
    #expect(state.takeRequests() == [1])
    #expect(state.finish() == .endSending)
    #expect(state.finish() == .goOn)
    #expect(state.phase == .lingering)
    #expect(!state.isReading)
    #expect(state.headerArrived(FrameHeader(.stats, requestID: 1)) == .skip)
    #expect(state.sent(unsentByteCount: 0) == .goOn)
    #expect(state.peerEnded() == (nil, .goOn))
    #expect(state.sent(unsentByteCount: 0) == .close)
  }

  @Test func `a peer that has ended is not waited for once more`() throws {
    var state = try serving(inFlight: [1])
    _ = state.peerEnded()
    #expect(state.takeRequests() == [1])
    #expect(state.finish() == .endSending)
    #expect(state.sent(unsentByteCount: 0) == .close)
  }

  @Test func `a connection that has ended hears nothing of a drain`() throws {
    var state = try serving()
    _ = state.finish()
    let begins = state.drainBegan()
    #expect(!begins)
  }
}
