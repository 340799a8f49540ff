import DigitWire
import Foundation
import ProtocolFixtures

/// What a hostile or broken server does to its clients.
enum Hostility: String, CaseIterable {
  // From the first byte on.
  case silent, closing, garbage, dripping, hugeWelcome, cutWelcome, wrongMagic, otherVersion,
    noRequestsInFlight, noImages, oneHandleTwice
  // After WELCOME.
  case neverAnswering, endingAfterWelcome, otherIDs, manyOtherIDs, drippingAnswers, hugeAnswers,
    goingAway, goingAwayWithWelcome, floodOfAnswers, floodOfUnknownTypes, floodOfModels,
    escapesInErrors, retryLater, closingWithError, otherAnswers
  // In answers to PING.
  case echoOfNothing, echoOfOthers
  // In answers to PREDICT or STATS.
  case noModels, twoForOne, otherKind, shortRecords, fewClasses, notANumber, farClass,
    countsThatLie

  /// The verbs that cannot do their work with such a server.
  var victims: [Verb] {
    switch self {
    case .silent, .closing, .garbage, .dripping, .hugeWelcome, .cutWelcome, .wrongMagic,
      .otherVersion, .noRequestsInFlight, .noImages, .oneHandleTwice:
      Verb.allCases
    case .neverAnswering, .endingAfterWelcome, .otherIDs, .manyOtherIDs, .drippingAnswers,
      .hugeAnswers, .goingAway, .goingAwayWithWelcome, .floodOfAnswers, .floodOfUnknownTypes,
      .floodOfModels, .escapesInErrors, .retryLater, .closingWithError, .otherAnswers:
      // What it asks for comes with WELCOME.
      Verb.allCases.filter { $0 != .models }
    case .noModels, .twoForOne, .shortRecords: [.predict, .evaluate] + Verb.loads
    case .otherKind, .fewClasses, .notANumber, .farClass: [.predict, .evaluate]
    case .countsThatLie: [.stats, .statsWatch, .top]
    case .echoOfNothing, .echoOfOthers: [.ping, .pingWatch]
    }
  }

  /// Whether what these servers say, if anything, is nothing that ends a wait: then it is the
  /// time-out that does.
  var onlyWaits: Bool {
    switch self {
    case .silent, .dripping, .neverAnswering, .drippingAnswers: true
    default: false
    }
  }

  enum Verb: String, CaseIterable {
    case predict, pictures, evaluate, models, ping, stats, health, top, pingWatch, statsWatch
    case load, rate, search, sweep, pair, scenario

    static let loads: [Verb] = [.load, .rate, .search, .sweep, .pair, .scenario]

    /// Whether it goes on until it is interrupted.
    var watches: Bool { [.top, .pingWatch, .statsWatch].contains(self) }

    func arguments(_ server: String) -> [String] {
      words + (self == .pair ? [server, server] : ["--server", server])
    }

    private var words: [String] {
      switch self {
      case .predict: ["predict", "--index", "0"]
      case .pictures: ["predict", "Tests/Data/photos/single/000.jpg", "--many"]
      case .evaluate: ["evaluate", "--limit", "256", "--batch", "16"]
      case .ping: ["ping", "--count", "2"]
      case .pingWatch: ["ping", "--watch", "50ms"]
      case .statsWatch: ["stats", "--watch", "50ms"]
      case .models, .stats, .top, .health: [rawValue]
      case .load: Self.bench + ["--requests", "20"]
      case .rate: Self.bench + ["--rate", "100", "--duration", "200ms"]
      case .search:
        Self.bench + ["--find-max-rate", "--slo", "p99<1s", "--duration", "100ms"]
      case .sweep: Self.bench + ["--sweep", "batch=1,2", "--requests", "20"]
      case .pair: Self.bench + ["--pair", "--rounds", "8", "--duration", "100ms"]
      case .scenario:
        Self.bench + ["--scenario", "single-stream", "--requests", "20", "--duration", "100ms"]
      }
    }

    private static let bench = ["bench", "--warmup", "0s"]
  }
}

// MARK: - The scripts

extension Hostility {
  /// One connection, until its client has gone.
  func talk(to peer: WireClient) {
    switch self {
    case .silent: while peer.receive() != nil {}
    case .closing: return
    case .garbage: peer.send(Array("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n".utf8))
    case .dripping: drip(Welcome.plain.frame(), to: peer)
    case .floodOfAnswers: flood(peer, with: manyStrayResults)
    case .floodOfUnknownTypes: flood(peer, with: unknownFrame)
    case .floodOfModels: flood(peer, with: ModelsChanged(Welcome.many).frame())
    case .hugeWelcome, .cutWelcome, .wrongMagic, .otherVersion, .noRequestsInFlight, .noImages,
      .oneHandleTwice:
      while peer.receive() != nil, peer.send(badWelcome) {}
    case .endingAfterWelcome: greet(peer) { _ in nil }
    case .drippingAnswers:
      greet(peer) { frame in
        drip(Pong(payloadByteCount: 0).frame(id: frame.header.requestID, payload: []), to: peer)
        return nil
      }
    case .neverAnswering, .otherIDs, .manyOtherIDs, .hugeAnswers, .goingAway,
      .goingAwayWithWelcome, .escapesInErrors, .retryLater, .closingWithError, .otherAnswers,
      .noModels, .twoForOne, .otherKind, .shortRecords, .fewClasses, .notANumber, .farClass,
      .countsThatLie, .echoOfNothing, .echoOfOthers:
      greet(peer, answer)
    }
  }

  /// Answers HELLO with WELCOME, and all else by `answer`; nil closes.
  private func greet(_ peer: WireClient, _ answer: (Frame) -> [UInt8]?) {
    while let frame = peer.receive() {
      guard let bytes = frame.type == .hello ? goodWelcome : answer(frame), peer.send(bytes) else {
        return
      }
    }
  }

  private func flood(_ peer: WireClient, with bytes: [UInt8]) {
    guard let first = peer.receive() else { return }
    if first.type == .hello { peer.send(goodWelcome) }
    while peer.send(bytes) {}
  }

  private func drip(_ bytes: [UInt8], to peer: WireClient) {
    for byte in bytes {
      guard peer.send([byte]) else { return }
      usleep(100_000)
    }
  }
}

// MARK: - What is sent

extension Hostility {
  private var goodWelcome: [UInt8] {
    switch self {
    case .noModels: Welcome(limits: ConnectionLimits(), models: []).frame()
    case .goingAwayWithWelcome:
      Welcome.plain.frame() + GoAway(reason: .maximumAge, graceMilliseconds: 1).frame()
    default: Welcome.plain.frame()
    }
  }

  /// The answer to HELLO.
  private var badWelcome: [UInt8] {
    var welcome = Welcome.plain
    switch self {
    case .hugeWelcome:
      return bytes(of: FrameHeader(.welcome, payloadByteCount: 0xFFFF_FFF0))
        + [UInt8](repeating: 0, count: 1 << 20)
    case .cutWelcome:
      var header = welcome.header()
      header.payloadByteCount = 20
      return bytes(of: header) + [UInt8](repeating: 0, count: 20)
    case .wrongMagic: return bytes(of: FrameHeader(.welcome))
    case .otherVersion: welcome.version = 9
    case .noRequestsInFlight: welcome.limits.requestsInFlightMax = 0
    case .noImages: welcome.limits.imagesPerRequestMax = 0
    case .oneHandleTwice: welcome.models += welcome.models
    default: preconditionFailure("\(self) sends a good WELCOME")
    }
    return welcome.frame()
  }

  private func answer(_ frame: Frame) -> [UInt8] {
    let id = frame.header.requestID
    switch self {
    case .neverAnswering, .goingAwayWithWelcome, .noModels: return []
    case .otherIDs: return Pong(payloadByteCount: 0).frame(id: id + 1_000, payload: [])
    case .manyOtherIDs: return manyStrayResults
    case .hugeAnswers:
      return bytes(of: FrameHeader(.result, requestID: id, payloadByteCount: 1 << 31))
    case .goingAway: return GoAway(reason: .shutdown, graceMilliseconds: 1_000).frame()
    case .escapesInErrors:
      return ErrorMessage(Refusal(.badRequest, "\u{1B}]0;owned\u{7}\u{1B}[2J\nanother line"))
        .frame(id: id)
    case .retryLater:
      return ErrorMessage(Refusal(.overloaded, "later"), retryAfterMilliseconds: .max)
        .frame(id: id)
    case .closingWithError: return ErrorMessage(Refusal(.timedOut, "bye")).frame()
    case .otherAnswers: return MetadataReply([]).frame(id: id)
    case .echoOfNothing: return Pong(payloadByteCount: 0).frame(id: id, payload: [])
    case .echoOfOthers:
      let payload = frame.payload.map { $0 ^ 1 }
      return Pong(payloadByteCount: payload.count).frame(id: id, payload: payload)
    case .countsThatLie:
      var frame = bytes(of: FrameHeader(.statsReply, requestID: id))
      frame.replaceSubrange(16..<20, with: [255, 255, 255, 255])
      return frame
    default: return result(frame)
    }
  }

  /// A RESULT that is wrong in one way.
  private func result(_ frame: Frame) -> [UInt8] {
    guard let predict = try? Predict(frame.header) else { return [] }
    let isTopOne = self == .otherKind || self == .farClass
    let result = PredictResult(
      modelVersion: 1, queueMicroseconds: 0, computeMicroseconds: 0,
      imageCount: self == .twoForOne ? predict.imageCount + 1 : predict.imageCount,
      returns: isTopOne ? .topOne : .probabilities, classCount: self == .fewClasses ? 3 : 10)
    let images = 0..<result.imageCount
    var payload =
      isTopOne
      ? result.payload(images.map { _ in TopOne(label: 99, probability: 0.5) })
      : result.payload(
        images.map { _ in
          [Float](
            repeating: self == .notANumber ? .nan : 0.1, count: self == .fewClasses ? 3 : 10)
        })
    var header = result.header(requestID: frame.header.requestID)
    if self == .shortRecords {
      payload.removeLast()
      header.payloadByteCount -= 1
    }
    return bytes(of: header) + payload
  }
}

/// To a request that nobody made.
private let manyStrayResults: [UInt8] = {
  let result = PredictResult(
    modelVersion: 1, queueMicroseconds: 0, computeMicroseconds: 0, imageCount: 1,
    returns: .topOne, classCount: 10)
  let frame = result.frame(id: 77, payload: result.payload([TopOne(label: 1, probability: 1)]))
  return Array(repeatElement(frame, count: 2_000).joined())
}()

/// 1 MiB of a type that no version has yet.
private let unknownFrame: [UInt8] = {
  var header = FrameHeader(.result, payloadByteCount: 1 << 20)
  header.type = 0xA0
  return bytes(of: header) + [UInt8](repeating: 0, count: 1 << 20)
}()

extension Welcome {
  fileprivate static let plain = Welcome(
    limits: ConnectionLimits(),
    models: [ModelEntry(handle: 1, name: "cnn-28", version: 1, isDefault: true)])

  fileprivate static let many = (1...1_000).map {
    ModelEntry(handle: UInt16($0), name: "model-\($0)", version: 1, isDefault: $0 == 1)
  }
}
