import DigitWire
import ProtocolFixtures

/// Any message, decoded by DigitWire; it can say what it means and be encoded again.
enum Message {
  case hello(Hello)
  case predict(Predict, pixels: [UInt8])
  case metadata(MetadataRequest)
  case health(HealthProbe)
  case welcome(Welcome)
  case result(PredictResult, records: [UInt8])
  case statsReply(StatsReply)
  case models(ModelList)
  case healthReply(HealthProbe, isYes: Bool)
  case goAway(GoAway)
  case error(ErrorMessage)
  /// CANCEL, PING, STATS and PONG: nothing but their payload.
  case plain(MessageType, payload: [UInt8])

  /// The request of a frame from a client, by the checks in the order of SPEC section 5;
  /// nil for a frame to skip.
  static func request(_ frame: Frame, imagesPerRequestMax: Int) throws(Refusal) -> Message? {
    let header = frame.header
    guard let type = try MessageType(requestOf: header) else { return nil }
    switch type {
    case .hello: return .hello(try hello(frame))
    case .predict:
      let predict = try Predict(header, imagesPerRequestMax: imagesPerRequestMax)
      try requireGoodPixels(of: predict, frame.payload)
      return .predict(predict, pixels: frame.payload)
    case .cancel, .stats:
      try header.requireReserved(in: "\(type)")
      try header.requireEmptyPayload(of: "\(type)")
      return .plain(type, payload: [])
    case .ping:
      try header.requirePing()
      return .plain(.ping, payload: frame.payload)
    case .metadata: return .metadata(try MetadataRequest(header))
    case .health: return .health(try HealthProbe(header))
    case .welcome, .result, .pong, .statsReply, .metadataReply, .healthReply, .goAway,
      .modelsChanged, .error:
      preconditionFailure("\(type) passed for a request")
    }
  }

  static func hello(_ frame: Frame) throws(Refusal) -> Hello {
    try lend(frame.payload) { bytes throws(Refusal) in try Hello(frame.header, payload: bytes) }
  }

  private static func requireGoodPixels(
    of predict: Predict, _ payload: [UInt8]
  ) throws(Refusal) {
    guard predict.pixelType == .float32 else { return }
    try lend(payload) { bytes throws(Refusal) in
      for image in 0..<predict.imageCount
      where !isValidFloat32Image(bytes.baseAddress! + image * predict.pixelType.imageByteCount) {
        throw Refusal(.badPixel, "expected pixels from 0 to 1", image: image)
      }
    }
  }

  /// The message of a frame from a server; nil for a type to skip.
  static func reply(_ frame: Frame) throws(PayloadError) -> Message? {
    let header = frame.header
    guard let type = MessageType(rawValue: header.type) else { return nil }
    return try lend(frame.payload) { bytes throws(PayloadError) -> Message? in
      switch type {
      case .welcome: .welcome(try Welcome(header.parameters, payload: bytes))
      case .result: .result(try PredictResult(header), records: frame.payload)
      case .pong: .plain(.pong, payload: frame.payload)
      case .statsReply: .statsReply(try StatsReply(header.parameters, payload: bytes))
      case .metadataReply, .modelsChanged:
        .models(try ModelList(header.parameters, payload: bytes))
      case .healthReply: try healthReply(header.parameters)
      case .goAway: .goAway(try GoAway(header.parameters))
      case .error: .error(try ErrorMessage(header.parameters, payload: bytes))
      case .hello, .predict, .cancel, .ping, .stats, .metadata, .health: nil
      }
    }
  }

  private static func healthReply(_ parameters: Parameters) throws(PayloadError) -> Message {
    guard let probe = HealthProbe(rawValue: parameters.u8(at: 0)) else { throw .badField }
    return .healthReply(probe, isYes: parameters.u8(at: 1) == 1)
  }
}
