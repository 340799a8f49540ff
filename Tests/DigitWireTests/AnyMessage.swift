import DigitWire
import ProtocolFixtures

/// Any message, decoded by DigitWire; it can say what it means and be encoded again.
enum AnyMessage {
  case whole(any WholeMessage)
  /// PREDICT, PING and PONG with what follows their header.
  case streamed(any Message, payload: [UInt8])
  case result(PredictResult, payload: [UInt8])

  /// The request of a frame from a client, by the checks in the order of SPEC section 5;
  /// nil for a frame to skip.
  static func request(_ frame: Frame, imagesPerRequestMax: Int) throws(Refusal) -> AnyMessage? {
    let header = frame.header
    guard let type = try MessageType(requestOf: header) else { return nil }
    switch type {
    case .hello: return .whole(try hello(frame))
    case .predict:
      let predict = try Predict(header, imagesPerRequestMax: imagesPerRequestMax)
      try requireGoodPixels(of: predict, frame.payload)
      return .streamed(predict, payload: frame.payload)
    case .cancel: return .whole(try Cancel(header))
    case .stats: return .whole(try StatsRequest(header))
    case .ping: return .streamed(try Ping(header), payload: frame.payload)
    case .metadata: return .whole(try MetadataRequest(header))
    case .health: return .whole(try HealthProbe(header))
    case .reload: return .whole(try ReloadRequest(header))
    case .welcome, .result, .pong, .statsReply, .metadataReply, .healthReply, .reloadReply,
      .goAway, .modelsChanged, .error:
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
  static func reply(_ frame: Frame) throws(PayloadError) -> AnyMessage? {
    guard let type = MessageType(rawValue: frame.header.type) else { return nil }
    return switch type {
    case .welcome: .whole(try whole(Welcome.self, frame))
    case .result: .result(try PredictResult(frame.header), payload: frame.payload)
    case .pong: .streamed(Pong(frame.header), payload: frame.payload)
    case .statsReply: .whole(try whole(StatsReply.self, frame))
    case .metadataReply: .whole(try whole(MetadataReply.self, frame))
    case .modelsChanged: .whole(try whole(ModelsChanged.self, frame))
    case .healthReply: .whole(try HealthReply(frame.header))
    case .reloadReply: .whole(try whole(ReloadReply.self, frame))
    case .goAway: .whole(try GoAway(frame.header))
    case .error: .whole(try whole(ErrorMessage.self, frame))
    case .hello, .predict, .cancel, .ping, .stats, .metadata, .health, .reload: nil
    }
  }

  private static func whole<Whole: WholeMessage>(
    _: Whole.Type, _ frame: Frame
  ) throws(PayloadError) -> Whole where Whole.Fault == PayloadError {
    try lend(frame.payload) { bytes throws(PayloadError) in
      try Whole(frame.header, payload: bytes)
    }
  }
}
