import DigitWire

/// What a connection may do next, which of its requests are under way, and how it comes to its
/// end: the protocol's rules for the server's side (SPEC sections 3, 5 and 7) without sockets,
/// memory or threads.
///
///     greeting ─► serving ─► draining            the peer has ended its side:
///         │          │          │
///         └──────────┴──────────┴─► answering ─► sending ─► closed
///         └──────────┴──────────┴─► lingering ─────┘
///                 we end first; what the peer still sends is read over
package struct ConnectionState {
  package enum Phase: Equatable {
    /// Nothing but HEALTH and HELLO is taken.
    case greeting
    /// The token was wrong, and the answer that says so has to wait: nothing is read.
    case barred
    case serving
    /// GOAWAY is sent: answers go out, no PREDICT comes in.
    case draining
    /// The peer has ended its side and still gets what it asked for.
    case answering
    /// Our last frame is written. What still comes is read over, so that bytes left unread do not
    /// reset the connection before the peer has read that frame.
    case lingering
    /// Both sides have ended: what is written still goes out.
    case sending
  }

  /// What the payload of the frame that is being read is for.
  package enum Intake: Equatable {
    case nothing
    case skipping
    case hello(FrameHeader)
    case ping(FrameHeader)
    case images(RequestIndex, id: UInt64)
  }

  /// What an event makes of the connection.
  package enum Ending: Equatable {
    case goOn
    /// Send what is written, then end the sending side; keep reading.
    case endSending
    case close
  }

  /// A request between its beginning and its answer.
  package struct Pending: Equatable {
    package let request: RequestIndex
    package let returns: ReturnKind
  }

  /// What this connection may ask for, once its token is known.
  package private(set) var scopes: Scopes = []

  package private(set) var phase = Phase.greeting
  package private(set) var intake = Intake.nothing
  /// Those of the client's HELLO that it is granted.
  package private(set) var features: Features = []
  private var inFlight: [UInt64: Pending] = [:]
  /// The RELOAD that is being carried out.
  private var reloading: UInt64?
  private let limits: ConnectionLimits
  /// What HELLO is answered where nothing but HEALTH is.
  private let turnedAway: Refusal?

  package init(limits: ConnectionLimits, turnedAway: Refusal? = nil) {
    self.limits = limits
    self.turnedAway = turnedAway
  }

  /// Of all kinds that are not answered at once.
  package var inFlightCount: Int { inFlight.count + (reloading == nil ? 0 : 1) }

  private func isInFlight(_ id: UInt64) -> Bool { inFlight[id] != nil || reloading == id }

  /// Whether frames are taken at all; what comes otherwise is read over.
  package var isReading: Bool {
    switch phase {
    case .greeting, .serving, .draining: true
    case .barred, .answering, .lingering, .sending: false
    }
  }
}

// MARK: - Frames

extension ConnectionState {
  /// What to do with a frame, when its header is there.
  package enum HeaderAction: Equatable {
    /// Collect the payload, then `helloArrived`.
    case collectHello
    case collectPing
    /// Begin it, then `requestBegan`.
    case predict(Predict)
    case cancel(RequestIndex)
    case stats
    case metadata(MetadataRequest)
    case health(HealthProbe)
    /// Begin it, then `reloadEnded`, unless it is refused.
    case reload
    /// Read over the payload in silence.
    case skip
    /// Answer, and read over the payload, or close where the code says so.
    case refuse(Refusal, requestID: UInt64)
  }

  /// Checks in SPEC's order; those of models and memory are the caller's.
  package mutating func headerArrived(_ header: FrameHeader) -> HeaderAction {
    let action = judge(header)
    switch action {
    case .collectHello: intake = .hello(header)
    case .collectPing: intake = .ping(header)
    case .predict, .cancel, .stats, .metadata, .health, .reload, .skip, .refuse:
      intake = .skipping
    }
    return action
  }

  /// The payload of the frame has been read to its end.
  package mutating func payloadEnded() { intake = .nothing }

  private func judge(_ header: FrameHeader) -> HeaderAction {
    do {
      switch phase {
      case .greeting: return try greet(header)
      case .serving, .draining: return try serve(header)
      case .barred, .answering, .lingering, .sending: return .skip
      }
    } catch {
      return refuse(error, header)
    }
  }

  private func greet(_ header: FrameHeader) throws(Refusal) -> HeaderAction {
    switch MessageType(rawValue: header.type) {
    case .hello:
      if let turnedAway { throw turnedAway }
      return .collectHello
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
    if type != .cancel, isInFlight(header.requestID) {
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
      try permit(.stats, .stats)
      return .stats
    case .metadata: return .metadata(try MetadataRequest(header))
    case .health: return .health(try HealthProbe(header))
    case .reload:
      _ = try ReloadRequest(header)
      try permit(.reload, .admin)
      return .reload
    case .hello, .welcome, .result, .pong, .statsReply, .metadataReply, .healthReply,
      .reloadReply, .goAway, .modelsChanged, .error:
      preconditionFailure("not a request: refused above")
    }
  }

  private func permit(_ type: MessageType, _ scope: Scopes) throws(Refusal) {
    guard !scopes.contains(scope) else { return }
    throw Refusal(.permissionDenied, scopes.refusal(of: type.name, wanting: scope))
  }

  private func predict(_ header: FrameHeader) throws(Refusal) -> HeaderAction {
    guard phase == .serving else {
      throw Refusal(.draining, "expected no PREDICT after GOAWAY: use another connection")
    }
    let predict = try Predict(header, imagesPerRequestMax: limits.imagesPerRequestMax)
    try permit(.predict, .predict)
    return .predict(predict)
  }

  /// The answer to what is not in flight may have crossed its CANCEL.
  private func cancel(_ header: FrameHeader) throws(Refusal) -> HeaderAction {
    _ = try Cancel(header)
    guard let pending = inFlight[header.requestID] else { return .skip }
    return .cancel(pending.request)
  }

  /// With the id that SPEC section 3 gives an ERROR: 0 where it is about the connection, where
  /// the message has no id of its own, and where the id belongs to an earlier request.
  private func refuse(_ refusal: Refusal, _ header: FrameHeader) -> HeaderAction {
    let hasNoID =
      refusal.code.isAboutConnection || header.type == MessageType.cancel.rawValue
      || header.type == MessageType.health.rawValue || isInFlight(header.requestID)
    return .refuse(refusal, requestID: hasNoID ? 0 : header.requestID)
  }
}

// MARK: - Requests

extension ConnectionState {
  /// After the checks of the model: the last one that needs the connection alone.
  package func roomForRequest() throws(Refusal) {
    guard inFlight.count < limits.requestsInFlightMax else {
      throw Refusal(
        .tooManyInFlight,
        "expected at most \(limits.requestsInFlightMax) requests in flight, got one more")
    }
  }

  /// Its payload, which comes next, is pixels.
  package mutating func requestBegan(_ id: UInt64, _ request: RequestIndex, returns: ReturnKind) {
    let pending = Pending(request: request, returns: returns)
    precondition(inFlight.updateValue(pending, forKey: id) == nil)
    intake = .images(request, id: id)
  }

  /// A request gets its answer now. Where not all of its images have come, the rest is read over.
  package mutating func requestEnded(_ id: UInt64) -> (pending: Pending, ending: Ending) {
    if case .images(_, id) = intake { intake = .skipping }
    guard let pending = inFlight.removeValue(forKey: id) else {
      preconditionFailure("a request ends once")
    }
    return (pending, endIfAnswered())
  }

  private mutating func endIfAnswered() -> Ending {
    guard phase == .answering, inFlightCount == 0 else { return .goOn }
    phase = .sending
    return .endSending
  }

  /// - Throws: where one is under way already.
  package mutating func reloadBegan(_ id: UInt64) throws(Refusal) {
    guard reloading == nil else {
      throw Refusal(.tooManyInFlight, "expected one RELOAD in flight, got another")
    }
    reloading = id
  }

  /// It gets its answer now.
  /// - Returns: nil where nobody waits for it any more.
  package mutating func reloadEnded(_ id: UInt64) -> Ending? {
    guard reloading == id else { return nil }
    reloading = nil
    return endIfAnswered()
  }

  /// Whether images of a request are still to come; it is stalled where a read ends like that.
  package var requestBeingRead: RequestIndex? {
    if case .images(let request, _) = intake { request } else { nil }
  }
}

// MARK: - Beginning and end

extension ConnectionState {
  /// - Throws: what refuses the handshake; the connection closes then.
  package mutating func helloArrived(
    _ header: FrameHeader, payload: UnsafeRawBufferPointer, _ access: AccessList,
    from origin: PeerOrigin
  ) throws(Refusal) -> Hello {
    let hello = try Hello(header, payload: payload)
    _ = try hello.chosenVersion()
    guard let scopes = access.judge(hello.token).scopes(for: origin) else {
      throw Refusal(
        .unauthenticated,
        "expected a token that this server knows, got "
          + (hello.token.isEmpty ? "none" : "another"))
    }
    self.scopes = scopes
    phase = .serving
    features = hello.features.intersection(.known)
    return hello
  }

  /// The refusal of HELLO has to wait until `finish`.
  package mutating func tokenRefused() { phase = .barred }

  /// Whether MODELS_CHANGED is to be sent.
  package var wantsAnnouncements: Bool {
    switch phase {
    case .greeting, .barred, .answering, .lingering, .sending: false
    case .serving, .draining: features.contains(.announcements)
    }
  }

  /// Whether GOAWAY is to be sent.
  package mutating func drainBegan() -> Bool {
    guard phase == .serving else { return false }
    phase = .draining
    return true
  }

  /// The peer will send no more.
  /// - Returns: the request whose images will not come to their end, to be abandoned.
  package mutating func peerEnded() -> (abandoned: RequestIndex?, ending: Ending) {
    switch phase {
    case .greeting, .serving, .draining:
      let abandoned = takeUnfinished()
      phase = .answering
      return (abandoned, endIfAnswered())
    case .barred, .lingering:
      phase = .sending
      return (nil, .goOn)
    case .answering, .sending: return (nil, .goOn)
    }
  }

  /// A frame of which a part is missing is dropped, not processed.
  private mutating func takeUnfinished() -> RequestIndex? {
    defer { intake = .nothing }
    guard case .images(let request, let id) = intake else { return nil }
    inFlight[id] = nil
    return request
  }

  /// We end the connection: nothing more is read or answered.
  package mutating func finish() -> Ending {
    switch phase {
    case .greeting, .barred, .serving, .draining: phase = .lingering
    case .answering: phase = .sending
    case .lingering, .sending: return .goOn
    }
    if case .images = intake { intake = .skipping }
    return .endSending
  }

  /// Some of what was written has gone out, or nothing was to be sent.
  package func sent(unsentByteCount: Int) -> Ending {
    phase == .sending && unsentByteCount == 0 ? .close : .goOn
  }

  /// The requests that nobody waits for any more, because the connection ends.
  package mutating func takeRequests() -> [RequestIndex] {
    defer { inFlight.removeAll() }
    reloading = nil
    if case .images = intake { intake = .skipping }
    return inFlight.values.map(\.request)
  }
}

extension FrameHeader {
  fileprivate var typeInHex: String { String(type, radix: 16, uppercase: true) }
}
