import DigitClient
import DigitServer
import DigitWire
import EventLoop
import ProtocolFixtures

/// A client and its connection to the simulated server: asks through a real `Pipeline`, and checks
/// every answer.
final class SimulatedClient {
  let transport: SimulatedTransport
  let connection: BinaryConnection
  let isLate: Bool
  /// Whether it has asked to be told when models change.
  private let isFollowing: Bool
  /// What each handle has meant so far.
  private var names: [UInt16: String] = [:]
  var toServer = Wire()
  var toClient = Wire()
  private(set) var pipeline: Pipeline
  private var reader = MessageReader(payloadByteCountMax: 1 << 20)
  private var asked: [UInt64: [Int]] = [:]
  private var phase = Phase.greeting
  /// It has said something that ends the connection, or that no answer fits.
  private(set) var isFaulty = false
  /// The server has been told that the client sends no more.
  var hasToldEnd = false
  private(set) var answerCount = 0

  private enum Phase {
    case greeting
    case open
    case ended
  }

  static let limits = ConnectionLimits(imagesPerRequestMax: 5, requestsInFlightMax: 6)

  init(
    transport: SimulatedTransport, connection: BinaryConnection, isLate: Bool, isFollowing: Bool
  ) {
    self.transport = transport
    self.connection = connection
    self.isLate = isLate
    self.isFollowing = isFollowing
    pipeline = Pipeline(requestsInFlightMax: Self.limits.requestsInFlightMax, waitingMax: 4)
    toServer.append(Hello(features: isFollowing ? [.announcements] : []).frame())
  }

  var isOpen: Bool { phase == .open }
  var hasEnded: Bool { phase == .ended }

  // MARK: Asking

  func predict(_ random: inout SeededRandom, now: Instant) {
    guard isOpen, !toServer.hasEnded else { return }
    let deadline: Instant? =
      random.oneIn(6) ? now.advanced(byMicroseconds: UInt64(random.next(below: 3_000))) : nil
    if case .refuse = pipeline.submit(.prediction, deadline: deadline) { return }
    sendWaiting(&random)
  }

  func sendWaiting(_ random: inout SeededRandom) {
    while !toServer.hasEnded, let id = pipeline.nextToSend() {
      let count = 1 + random.next(below: 3)
      let images = (0..<count).map { _ in random.next(below: SimulatedModels.images.count) }
      asked[id.rawValue] = images
      let message = Predict(
        imageCount: count, returns: random.oneIn(2) ? .topOne : .probabilities,
        modelHandle: UInt16(random.next(below: 3)),
        deadlineMicroseconds: random.oneIn(5) ? UInt32(1 + random.next(below: 2_000)) : 0)
      toServer.append(
        message.frame(id: id.rawValue, payload: images.flatMap { SimulatedModels.images[$0] }))
    }
  }

  func cancel(_ random: inout SeededRandom) {
    guard isOpen, !toServer.hasEnded, let raw = asked.keys.min(),
      let id = Pipeline.ID(rawValue: raw)
    else { return }
    if case .finish(sendCancel: true) = pipeline.cancel(id) {
      toServer.append(Cancel().frame(id: raw))
    }
  }

  func askOtherwise(_ random: inout SeededRandom) {
    guard isOpen, !toServer.hasEnded else { return }
    if random.oneIn(3) {
      let probe = random.oneIn(2) ? HealthProbe.live : .ready
      if case .send = pipeline.submit(.health(probe), deadline: nil) {
        toServer.append(probe.frame())
      }
      return
    }
    guard case .send(let id) = pipeline.submit(.control, deadline: nil) else { return }
    switch random.next(below: 5) {
    case 4: toServer.append(ReloadRequest().frame(id: id.rawValue))
    case 0: toServer.append(StatsRequest().frame(id: id.rawValue))
    case 1: toServer.append(MetadataRequest.all.frame(id: id.rawValue))
    // A request that is refused is answered as well.
    case 2: toServer.append(Predict(imageCount: 6).frame(id: id.rawValue, payload: sixImages))
    default: toServer.append(Ping(payloadByteCount: 3).frame(id: id.rawValue, payload: [1, 2, 3]))
    }
  }

  private var sixImages: [UInt8] { [UInt8](repeating: 7, count: 6 * 784) }

  func saySomethingWrong(_ random: inout SeededRandom) {
    guard !toServer.hasEnded else { return }
    isFaulty = true
    toServer.append((0..<40).map { _ in UInt8(random.next(below: 256)) })
  }

  func expire(now: Instant) { _ = pipeline.expire(now: now) }

  /// The client sends no more, but reads.
  func endSending() { toServer.hasEnded = true }

  // MARK: Being answered

  /// - Throws: what no server may do.
  func received(_ bytes: [UInt8]) throws {
    guard phase != .ended else { return }
    try bytes.withUnsafeBytes { bytes in
      var input = bytes
      while let outcome = try reader.next(
        &input,
        { header, payload in Result { try messageArrived(header, payload) } })
      {
        try outcome.get()
      }
    }
  }

  private func messageArrived(_ header: FrameHeader, _ payload: UnsafeRawBufferPointer) throws {
    switch MessageType(rawValue: header.type) {
    case .welcome?:
      guard phase == .greeting else { throw Fault("a second WELCOME") }
      phase = .open
      try check(try Welcome(header, payload: payload).models)
    case .result?:
      try answered(header.requestID)
      try check(PredictResult(header), payload, asked.removeValue(forKey: header.requestID))
    case .error?:
      guard header.requestID != 0 else { return }
      try answered(header.requestID)
      asked[header.requestID] = nil
    case .pong?, .statsReply?, .metadataReply?, .reloadReply?: try answered(header.requestID)
    case .modelsChanged?:
      guard isFollowing else { throw Fault("MODELS_CHANGED for a client that has not asked") }
      try check(try ModelsChanged(header, payload: payload).models)
    case .healthReply?:
      let reply = try HealthReply(header, payload: payload)
      if pipeline.healthArrived(reply.probe) == .ignore, !isFaulty {
        throw Fault("a HEALTH_REPLY that nobody asked for")
      }
    case .goAway?:
      _ = pipeline.goAwayArrived(try GoAway(header, payload: payload).reason)
    default: throw Fault("a message of type \(header.type)")
    }
  }

  /// A handle means one name as long as the connection lives.
  private func check(_ models: [ModelEntry]) throws {
    for model in models {
      let name = names.updateValue(model.name, forKey: model.handle) ?? model.name
      guard name == model.name else {
        throw Fault("handle \(model.handle) means \(model.name), and has meant \(name)")
      }
    }
  }

  private func answered(_ id: UInt64) throws {
    answerCount += 1
    if pipeline.answerArrived(id) == .ignore, !isFaulty {
      throw Fault("request \(id) was answered twice, or never asked")
    }
  }

  private func check(
    _ result: PredictResult, _ payload: UnsafeRawBufferPointer, _ images: [Int]?
  ) throws {
    guard let images else { return }
    guard result.imageCount == images.count else { throw Fault("an answer for other images") }
    let records = result.records(payload)
    for (index, image) in images.enumerated() {
      let expected = SimulatedModels.answer(version: result.modelVersion, image: image)
      switch result.returns {
      case .topOne:
        let best = expected.indices.max { expected[$0] < expected[$1] }!
        guard records.topOne(of: index).label == best else {
          throw Fault("version \(result.modelVersion) did not say this of image \(image)")
        }
      case .probabilities:
        let said = (0..<expected.count).map { records.probability(of: $0, image: index) }
        guard said == expected else {
          throw Fault("version \(result.modelVersion) did not say this of image \(image)")
        }
      }
    }
  }

  /// The connection is over for the client.
  func end() {
    guard phase != .ended else { return }
    phase = .ended
    _ = pipeline.end(.lost(reason: "simulated"))
  }
}

/// What a server under simulation did that it must not.
struct Fault: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
