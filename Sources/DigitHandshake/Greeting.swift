import DigitWire

/// HELLO, and the WELCOME that answers it.
package struct Greeting: FirstExchange {
  package let request: Hello
  package let payloadByteCountMax: Int
  package let answerType = MessageType.welcome

  package init(_ hello: Hello, payloadByteCountMax: Int) {
    request = hello
    self.payloadByteCountMax = payloadByteCountMax
  }

  package func messageArrived(
    _ header: FrameHeader, payload: UnsafeRawBufferPointer
  ) -> ExchangeVerdict<ServerTerms> {
    guard header.type == answerType.rawValue else {
      return otherMessageArrived(header, payload: payload)
    }
    do throws(PayloadError) {
      let welcome = try Welcome(header, payload: payload)
      return ServerTerms.judge(welcome)
    } catch {
      return .failed(malformed(.welcome, error))
    }
  }
}

/// What the server has said of itself: how much a request may hold, and which models there are.
package struct ServerTerms: Equatable, Sendable {
  package let limits: ConnectionLimits
  /// A client that follows MODELS_CHANGED sets them anew.
  package var models: [ModelEntry]

  package init(limits: ConnectionLimits, models: [ModelEntry]) {
    (self.limits, self.models) = (limits, models)
  }

  static func judge(_ welcome: Welcome) -> ExchangeVerdict<ServerTerms> {
    guard welcome.version == ProtocolLimits.version else {
      return .failed(
        .failed("expected protocol version \(ProtocolLimits.version), got \(welcome.version)"))
    }
    let limits = welcome.limits
    guard limits.requestsInFlightMax > 0 else {
      return .failed(.failed("expected a limit of at least 1 request in flight, got 0"))
    }
    guard limits.imagesPerRequestMax > 0 else {
      return .failed(.failed("expected a limit of at least 1 image in a request, got 0"))
    }
    return .answered(ServerTerms(limits: limits, models: welcome.models))
  }

  /// The most images in one request: by number, by bytes, and by what PREDICT can count.
  package func imagesMax(_ pixelType: PixelType) -> Int {
    min(
      limits.imagesPerRequestMax, limits.payloadByteCountMax / pixelType.imageByteCount,
      Int(UInt16.max))
  }

  /// - Parameter name: nil is the default model.
  package func model(_ name: String?) -> ModelEntry? {
    models.first { name == nil ? $0.isDefault : $0.name == name }
  }
}
