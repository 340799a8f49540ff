import DigitWire

/// What the server has said of itself: how much a request may hold, and which models there are.
struct ServerTerms: Equatable {
  let limits: ConnectionLimits
  /// Follows MODELS_CHANGED.
  var models: [ModelEntry]

  /// - Parameter payload: WELCOME's.
  init(
    _ header: FrameHeader, payload: UnsafeRawBufferPointer
  ) throws(Violation) {
    guard let welcome = try? Welcome(header, payload: payload) else {
      throw Violation(message: "expected a WELCOME that holds what it says")
    }
    guard welcome.version == ProtocolLimits.version else {
      throw Violation(
        message: "expected protocol version \(ProtocolLimits.version), got \(welcome.version)")
    }
    guard welcome.limits.requestsInFlightMax > 0 else {
      throw Violation(message: "expected a limit of at least 1 request in flight, got 0")
    }
    limits = welcome.limits
    models = welcome.models
  }

  /// The PREDICT that asks `question`, and the model that will answer; its deadline is set when
  /// it is sent.
  ///
  /// - Throws: `unknownModel`, `invalidImages`, `tooManyImages`.
  func predict(
    for question: PredictQuestion
  ) throws(DigitClientError) -> (Predict, ModelEntry) {
    let images = question.images
    guard images.count > 0, images.count * ProtocolLimits.pixelsPerImage == images.valueCount
    else { throw .invalidImages(valueCount: images.valueCount) }
    let limit = imagesMax(images.pixelType)
    guard images.count <= limit else { throw .tooManyImages(count: images.count, limit: limit) }
    let model = try model(question.choice.name)
    let predict = Predict(
      imageCount: images.count, pixelType: images.pixelType, returns: question.returns,
      modelHandle: question.choice.name == nil ? 0 : model.handle,
      modelVersion: question.choice.version, isRaw: images.isConditioned)
    return (predict, model)
  }

  /// The most images in one request: by number, by bytes, and by what PREDICT can count.
  private func imagesMax(_ pixelType: PixelType) -> Int {
    min(
      limits.imagesPerRequestMax, limits.payloadByteCountMax / pixelType.imageByteCount,
      Int(UInt16.max))
  }

  private func model(_ name: String?) throws(DigitClientError) -> ModelEntry {
    let found = models.first { name == nil ? $0.isDefault : $0.name == name }
    guard let found else { throw .unknownModel(name, known: models.map(\.name)) }
    return found
  }
}
