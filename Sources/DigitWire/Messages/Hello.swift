/// HELLO: the first message of a client.
public struct Hello: WholeMessage {
  public var versions: ClosedRange<UInt16>
  public var features: Features
  public var token: [UInt8]

  public typealias Fault = Refusal
  public static let type = MessageType.hello

  public init(
    versions: ClosedRange<UInt16> = ProtocolLimits.version...ProtocolLimits.version,
    features: Features = [], token: [UInt8] = []
  ) {
    self.versions = versions
    self.features = features
    self.token = token
  }

  public var payloadByteCount: Int { token.count }

  public var parameters: Parameters {
    var parameters = Parameters()
    parameters.set(ProtocolLimits.magic, at: 0)
    parameters.set(versions.lowerBound, at: 4)
    parameters.set(versions.upperBound, at: 6)
    parameters.set(features.rawValue, at: 8)
    return parameters
  }

  public func encodePayload(into bytes: UnsafeMutableRawBufferPointer) {
    token.withUnsafeBytes { bytes.copyMemory(from: $0) }
  }

  /// - Throws: `MALFORMED_HELLO`.
  public init(
    _ header: FrameHeader, payload: UnsafeRawBufferPointer
  ) throws(Refusal) {
    let parameters = header.parameters
    func malformed(_ message: String) -> Refusal { Refusal(.malformedHello, message) }
    guard parameters.u32(at: 0) == ProtocolLimits.magic else {
      throw malformed("expected magic \"DGT1\" at the start of HELLO's parameters")
    }
    guard header.requestID == 0 else {
      throw malformed("expected request id 0 in HELLO, got \(header.requestID)")
    }
    guard header.flags.isDisjoint(with: .mustBeUnderstood) else {
      throw malformed("expected no must-understand flag in HELLO")
    }
    let (low, high) = (parameters.u16(at: 4), parameters.u16(at: 6))
    guard low <= high else {
      throw malformed("expected a lowest version up to the highest, got \(low) to \(high)")
    }
    guard parameters.isZero(from: 12) else {
      throw malformed("expected zero in HELLO's reserved bytes 12 to 15")
    }
    guard payload.count <= ProtocolLimits.tokenByteCountMax else {
      throw malformed(
        "expected a token of at most \(ProtocolLimits.tokenByteCountMax) bytes, "
          + "got \(payload.count)")
    }
    versions = low...high
    features = Features(rawValue: parameters.u32(at: 8))
    token = Array(payload)
  }

  /// The version to speak with this client.
  /// - Throws: `UNSUPPORTED_VERSION`.
  public func chosenVersion() throws(Refusal) -> UInt16 {
    guard versions.contains(ProtocolLimits.version) else {
      throw Refusal(
        .unsupportedVersion,
        "expected a range of versions that holds \(ProtocolLimits.version), "
          + "got \(versions.lowerBound) to \(versions.upperBound)")
    }
    return ProtocolLimits.version
  }
}

/// What a client asks for and a server grants beyond the core.
public struct Features: OptionSet, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Send MODELS_CHANGED on this connection.
  public static let announcements = Features(rawValue: 1)
  /// Tell of each model in STATS_REPLY.
  public static let modelStatistics = Features(rawValue: 2)
  public static let known: Features = [.announcements, .modelStatistics]
}
