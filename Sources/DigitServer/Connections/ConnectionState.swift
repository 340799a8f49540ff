import DigitWire

/// What a connection may do next, and which of its requests are under way: the protocol's rules
/// for the server's side (SPEC sections 3, 5 and 7) without sockets, memory or threads.
package struct ConnectionState {
  package enum Phase: Equatable {
    /// Nothing but HEALTH and HELLO is taken.
    case greeting
    case serving
    /// GOAWAY is sent: answers go out, no PREDICT comes in.
    case draining
    /// The last frame is written; what still comes is dropped.
    case finished
  }

  package private(set) var phase = Phase.greeting
  private var inFlight: [UInt64: RequestIndex] = [:]
  /// The peer will send no more.
  package private(set) var peerHasEnded = false
  private let limits: ConnectionLimits

  package init(limits: ConnectionLimits) { self.limits = limits }

  package var inFlightCount: Int { inFlight.count }

  // MARK: Frames

  /// What to do with a frame, when its header is there.
  package enum HeaderAction: Equatable {
    /// Collect the payload, then `helloArrived`.
    case collectHello
    case collectPing
    case predict(Predict)
    case cancel(RequestIndex)
    case stats
    case metadata(MetadataRequest)
    case health(HealthProbe)
    /// Read over the payload in silence.
    case skip
    /// Answer, and read over the payload, or close where the code says so.
    case refuse(Refusal, requestID: UInt64)
  }

  /// Checks in SPEC's order; those of models and memory are the caller's.
  package func headerArrived(_ header: FrameHeader) -> HeaderAction {
    do {
      switch phase {
      case .greeting: return try greet(header)
      case .serving, .draining: return try serve(header)
      case .finished: return .skip
      }
    } catch {
      return refuse(error, header)
    }
  }

  private func greet(_ header: FrameHeader) throws(Refusal) -> HeaderAction {
    switch MessageType(rawValue: header.type) {
    case .hello: return .collectHello
    case .health:
      _ = try MessageType(requestOf: header)
      return .health(try HealthProbe(header))
    default:
      throw Refusal(
        .handshakeRequired, "expected HELLO or HEALTH first, got type 0x\(header.typeInHex)")
    }
  }

  private func serve(_ header: FrameHeader) throws(Refusal) -> HeaderAction {
    guard header.type != MessageType.hello.rawValue else {
      throw Refusal(.unexpectedHello, "expected one HELLO on a connection, got another")
    }
    guard let type = try MessageType(requestOf: header) else { return .skip }
    if type != .cancel, inFlight[header.requestID] != nil {
      throw Refusal(
        .duplicateRequestID,
        "expected a request id that is not in use, got \(header.requestID), "
          + "whose request is in flight")
    }
    switch type {
    case .predict: return try predict(header)
    case .cancel: return try cancel(header)
    case .ping:
      _ = try Ping(header)
      return .collectPing
    case .stats:
      _ = try StatsRequest(header)
      return .stats
    case .metadata: return .metadata(try MetadataRequest(header))
    case .health: return .health(try HealthProbe(header))
    case .hello, .welcome, .result, .pong, .statsReply, .metadataReply, .healthReply, .goAway,
      .modelsChanged, .error:
      preconditionFailure("not a request: refused above")
    }
  }

  private func predict(_ header: FrameHeader) throws(Refusal) -> HeaderAction {
    guard phase == .serving else {
      throw Refusal(.draining, "expected no PREDICT after GOAWAY: use another connection")
    }
    return .predict(try Predict(header, imagesPerRequestMax: limits.imagesPerRequestMax))
  }

  /// After the checks of the model: the last one that needs the connection alone.
  package func roomForRequest() throws(Refusal) {
    guard inFlight.count < limits.requestsInFlightMax else {
      throw Refusal(
        .tooManyInFlight,
        "expected at most \(limits.requestsInFlightMax) requests in flight, got one more")
    }
  }

  /// The answer to what is not in flight may have crossed its CANCEL.
  private func cancel(_ header: FrameHeader) throws(Refusal) -> HeaderAction {
    _ = try Cancel(header)
    guard let request = inFlight[header.requestID] else { return .skip }
    return .cancel(request)
  }

  /// With the id that SPEC section 3 gives an ERROR: 0 where it is about the connection, where
  /// the message has no id of its own, and where the id belongs to an earlier request.
  private func refuse(_ refusal: Refusal, _ header: FrameHeader) -> HeaderAction {
    let hasNoID =
      refusal.code.isAboutConnection || header.type == MessageType.cancel.rawValue
      || header.type == MessageType.health.rawValue || inFlight[header.requestID] != nil
    return .refuse(refusal, requestID: hasNoID ? 0 : header.requestID)
  }

  // MARK: Requests

  package mutating func requestBegan(_ id: UInt64, _ request: RequestIndex) {
    precondition(inFlight.updateValue(request, forKey: id) == nil)
  }

  package mutating func requestEnded(_ id: UInt64) {
    precondition(inFlight.removeValue(forKey: id) != nil)
  }

  /// The requests that nobody waits for any more, because the connection ends.
  package mutating func takeRequests() -> [RequestIndex] {
    defer { inFlight.removeAll() }
    return Array(inFlight.values)
  }

  // MARK: Beginning and end

  /// - Throws: what refuses the handshake; the connection closes then.
  package mutating func helloArrived(
    _ header: FrameHeader, payload: UnsafeRawBufferPointer, token: [UInt8]?
  ) throws(Refusal) -> Hello {
    let hello = try Hello(header, payload: payload)
    _ = try hello.chosenVersion()
    if let token, !constantTimeEqual(hello.token, token) {
      throw Refusal(
        .unauthenticated, "expected this server's token, got \(hello.token.count) other bytes")
    }
    phase = .serving
    return hello
  }

  /// Whether GOAWAY is to be sent.
  package mutating func drainBegan() -> Bool {
    guard phase == .serving else { return false }
    phase = .draining
    return true
  }

  package mutating func finish() { phase = .finished }

  package mutating func peerEnded() { peerHasEnded = true }

  /// Whether everything asked for is answered and nothing more can come.
  package var isComplete: Bool { phase != .finished && peerHasEnded && inFlight.isEmpty }
}

extension FrameHeader {
  fileprivate var typeInHex: String { String(type, radix: 16, uppercase: true) }
}

/// Compares without telling by its time where two tokens differ.
private func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  guard left.count == right.count else { return false }
  return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
}
