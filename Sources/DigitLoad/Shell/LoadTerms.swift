import DigitWire

/// What the server's WELCOME means for a load: which model answers, and that its limits are kept.
struct LoadTerms {
  let model: ModelEntry
  /// 0 where the plan names no model, so that the server's default is asked for as such.
  let modelHandle: UInt16
  private let limits: ConnectionLimits

  /// Nil for a message that does not decide.
  init?(
    _ header: FrameHeader, payload: UnsafeRawBufferPointer, plan: LoadPlan
  ) throws(LoadError) {
    switch MessageType(rawValue: header.type) {
    case .welcome:
      guard let welcome = try? Welcome(header, payload: payload),
        welcome.version == ProtocolLimits.version
      else {
        throw .connectFailed(
          address: plan.server.description,
          reason: "expected a WELCOME of version \(ProtocolLimits.version) that holds what it says")
      }
      try self.init(welcome, plan)
    case .error:
      guard let message = try? ErrorMessage(header, payload: payload) else {
        throw .connectFailed(
          address: plan.server.description, reason: "expected an ERROR that holds what it says")
      }
      throw .refused(message.code, message: message.message)
    default: return nil
    }
  }

  init(_ welcome: Welcome, _ plan: LoadPlan) throws(LoadError) {
    let found = welcome.models.first { plan.model == nil ? $0.isDefault : $0.name == plan.model }
    guard let found else {
      throw .unknownModel(plan.model, known: welcome.models.map(\.name))
    }
    model = found
    modelHandle = plan.model == nil ? 0 : found.handle
    limits = welcome.limits
    try permit(plan)
  }

  /// - Throws: `LoadError.tooManyImages`, `.tooManyInFlight`.
  func permit(_ plan: LoadPlan) throws(LoadError) {
    let imagesMax = min(
      limits.imagesPerRequestMax, limits.payloadByteCountMax / PixelType.uint8.imageByteCount)
    guard plan.batch <= imagesMax else {
      throw .tooManyImages(batch: plan.batch, limit: imagesMax)
    }
    guard plan.pipeline <= limits.requestsInFlightMax else {
      throw .tooManyInFlight(pipeline: plan.pipeline, limit: limits.requestsInFlightMax)
    }
  }
}
