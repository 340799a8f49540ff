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
      FrameHeader(.hello, parameters: Hello().parameters), payload: nothing, token: nil)
    return state
  }

  private func predict(_ id: UInt64, images: Int = 1) -> FrameHeader {
    Predict(imageCount: images).header(requestID: id)
  }

  private func code(_ action: ConnectionState.HeaderAction) -> (ErrorCode, UInt64)? {
    if case .refuse(let refusal, let id) = action { (refusal.code, id) } else { nil }
  }

  @Test func `before hello only hello and health are taken`() {
    let state = ConnectionState(limits: ConnectionLimits())
    #expect(state.headerArrived(FrameHeader(.hello)) == .collectHello)
    #expect(state.headerArrived(HealthProbe.ready.header()) == .health(.ready))
    for type in [MessageType.predict, .ping, .stats, .metadata, .cancel, .result] {
      let refused = code(state.headerArrived(FrameHeader(type, requestID: 5)))
      #expect(refused! == (.handshakeRequired, 0))
    }
  }

  @Test func `a good hello opens the connection`() throws {
    let state = try serving()
    #expect(state.phase == .serving)
    #expect(state.headerArrived(predict(1)) == .predict(Predict(imageCount: 1)))
  }

  @Test func `a token must be the server's to the last byte`() {
    for token in [[], [1, 2], [1, 2, 3, 4], [1, 2, 4]] as [[UInt8]] {
      var state = ConnectionState(limits: ConnectionLimits())
      let header = FrameHeader(.hello, parameters: Hello().parameters)
      #expect(throws: Refusal.self) {
        try token.withUnsafeBytes {
          _ = try state.helloArrived(header, payload: $0, token: [1, 2, 3])
        }
      }
      #expect(state.phase == .greeting)
    }
  }

  @Test func `an id is in use from its request to its answer`() throws {
    var state = try serving()
    state.requestBegan(7, 100)
    #expect(code(state.headerArrived(predict(7)))! == (.duplicateRequestID, 0))
    #expect(code(state.headerArrived(FrameHeader(.ping, requestID: 7)))!.0 == .duplicateRequestID)
    state.requestEnded(7)
    #expect(state.headerArrived(predict(7)) == .predict(Predict(imageCount: 1)))
  }

  @Test func `cancel names a request in flight, or is skipped`() throws {
    var state = try serving()
    state.requestBegan(7, 100)
    #expect(state.headerArrived(FrameHeader(.cancel, requestID: 7)) == .cancel(100))
    #expect(state.headerArrived(FrameHeader(.cancel, requestID: 8)) == .skip)
  }

  @Test func `requests over the limit of the connection are refused`() throws {
    var state = try serving(limits: ConnectionLimits(requestsInFlightMax: 2))
    for id in UInt64(1)...2 {
      try state.roomForRequest()
      state.requestBegan(id, RequestIndex(id))
    }
    #expect(throws: Refusal.self) { try state.roomForRequest() }
    state.requestEnded(1)
    try state.roomForRequest()
  }

  @Test func `after goaway predictions are refused and the rest works`() throws {
    var state = try serving()
    state.requestBegan(1, 0)
    let begins = (0..<2).map { _ in state.drainBegan() }
    #expect(begins == [true, false])
    #expect(code(state.headerArrived(predict(2)))! == (.draining, 2))
    #expect(state.headerArrived(FrameHeader(.stats, requestID: 3)) == .stats)
    #expect(state.headerArrived(FrameHeader(.cancel, requestID: 1)) == .cancel(0))
  }

  @Test func `a half-closed connection is complete when its last answer is out`() throws {
    var state = try serving()
    state.requestBegan(1, 0)
    state.peerEnded()
    #expect(!state.isComplete)
    state.requestEnded(1)
    #expect(state.isComplete)
    state.finish()
    #expect(!state.isComplete)
  }
}
