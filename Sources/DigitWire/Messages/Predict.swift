/// PREDICT: everything about the request but its pixels, which follow the header (SPEC
/// section 4.2).
public struct Predict: HeaderMessage {
  /// 0 is the default model.
  public var modelHandle: UInt16
  /// 0 is the server's choice.
  public var modelVersion: UInt32
  public var pixelType: PixelType
  public var returns: ReturnKind
  public var imageCount: Int
  /// 0 is none.
  public var deadlineMicroseconds: UInt32
  public var isRaw: Bool

  public typealias Fault = Refusal
  public static let type = MessageType.predict

  public init(
    imageCount: Int, pixelType: PixelType = .uint8, returns: ReturnKind = .topOne,
    modelHandle: UInt16 = 0, modelVersion: UInt32 = 0, deadlineMicroseconds: UInt32 = 0,
    isRaw: Bool = false
  ) {
    self.modelHandle = modelHandle
    self.modelVersion = modelVersion
    self.pixelType = pixelType
    self.returns = returns
    self.imageCount = imageCount
    self.deadlineMicroseconds = deadlineMicroseconds
    self.isRaw = isRaw
  }

  /// `imageCount × pixelType.imageByteCount` bytes of pixels.
  public var payloadByteCount: Int { imageCount * pixelType.imageByteCount }
  public var flags: Flags { isRaw ? .raw : [] }

  public var parameters: Parameters {
    var parameters = Parameters()
    parameters.set(modelHandle, at: 0)
    parameters.set(pixelType.rawValue, at: 2)
    parameters.set(returns.rawValue, at: 3)
    parameters.set(UInt16(imageCount), at: 4)
    parameters.set(modelVersion, at: 8)
    parameters.set(deadlineMicroseconds, at: 12)
    return parameters
  }

  /// As many images as a PREDICT can count.
  public init(_ header: FrameHeader) throws(Refusal) {
    try self.init(header, imagesPerRequestMax: Int(UInt16.max))
  }

  /// - Throws: `BAD_REQUEST`, `NO_IMAGES`, `TOO_MANY_IMAGES` or `LENGTH_MISMATCH`, in SPEC's order.
  public init(_ header: FrameHeader, imagesPerRequestMax: Int) throws(Refusal) {
    let parameters = header.parameters
    guard let pixelType = PixelType(rawValue: parameters.u8(at: 2)) else {
      throw Refusal(.badRequest, "expected pixel type 1 or 2, got \(parameters.u8(at: 2))")
    }
    guard let returns = ReturnKind(rawValue: parameters.u8(at: 3)) else {
      throw Refusal(.badRequest, "expected return kind 1 or 2, got \(parameters.u8(at: 3))")
    }
    let imageCount = Int(parameters.u16(at: 4))
    guard imageCount > 0 else { throw Refusal(.noImages, "expected at least 1 image, got 0") }
    guard imageCount <= imagesPerRequestMax else {
      throw Refusal(
        .tooManyImages, "expected at most \(imagesPerRequestMax) images, got \(imageCount)")
    }
    guard parameters.isZero(from: 6, to: 8) else {
      throw Refusal(.badRequest, "expected zero in PREDICT's reserved bytes 6 and 7")
    }
    let expected = imageCount * pixelType.imageByteCount
    guard header.payloadByteCount == expected else {
      throw Refusal(
        .lengthMismatch,
        "expected \(expected) bytes for \(imageCount) images of "
          + "\(pixelType.imageByteCount), got \(header.payloadByteCount)")
    }
    modelHandle = parameters.u16(at: 0)
    modelVersion = parameters.u32(at: 8)
    self.pixelType = pixelType
    self.returns = returns
    self.imageCount = imageCount
    deadlineMicroseconds = parameters.u32(at: 12)
    isRaw = header.flags.contains(.raw)
  }

}

/// How a pixel is sent.
public enum PixelType: UInt8, CaseIterable, Sendable {
  /// 0…255.
  case uint8 = 1
  /// 0…1.
  case float32 = 2

  /// Bytes of one pixel.
  public var byteCount: Int {
    switch self {
    case .uint8: 1
    case .float32: 4
    }
  }

  /// Bytes of one image of 28 × 28.
  public var imageByteCount: Int { ProtocolLimits.pixelsPerImage * byteCount }

  var maskBit: UInt8 { 1 << (rawValue - 1) }
}

/// What a client wants to know of each image.
public enum ReturnKind: UInt8, CaseIterable, Sendable {
  /// The most probable class and its probability.
  case topOne = 1
  /// The probability of every class.
  case probabilities = 2

  /// Bytes of the answer for one image.
  public func recordByteCount(classCount: Int) -> Int {
    switch self {
    case .topOne: TopOne.byteCount
    case .probabilities: classCount * MemoryLayout<Float>.size
    }
  }
}

/// Whether every `f32` pixel of one image is a number from 0 to 1.
///
/// - Parameter image: 784 floats, native byte order, any alignment.
public func isValidFloat32Image(_ image: UnsafeRawPointer) -> Bool {
  typealias Lanes = SIMD8<Float>
  let lanes = ProtocolLimits.pixelsPerImage / Lanes.scalarCount
  var allValid = SIMDMask<SIMD8<Int32>>(repeating: true)
  for lane in 0..<lanes {
    let pixels = image.loadUnaligned(
      fromByteOffset: lane * MemoryLayout<Lanes>.size, as: Lanes.self)
    // NaN fails both comparisons.
    allValid .&= (pixels .>= 0) .& (pixels .<= 1)
  }
  return allValid == SIMDMask(repeating: true)
}
