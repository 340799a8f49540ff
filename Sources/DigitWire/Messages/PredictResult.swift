/// RESULT's header: everything about an answer but its records (SPEC section 4.2).
public struct PredictResult: Equatable, Sendable {
  public var modelVersion: UInt32
  public var queueMicroseconds: UInt32
  public var computeMicroseconds: UInt32
  public var imageCount: Int
  public var returns: ReturnKind
  public var precision: Precision

  public init(
    modelVersion: UInt32, queueMicroseconds: UInt32, computeMicroseconds: UInt32,
    imageCount: Int, returns: ReturnKind, precision: Precision = .float32
  ) {
    self.modelVersion = modelVersion
    self.queueMicroseconds = queueMicroseconds
    self.computeMicroseconds = computeMicroseconds
    self.imageCount = imageCount
    self.returns = returns
    self.precision = precision
  }

  /// - Throws: `PayloadError.badField`, or `.tooShort` when the payload does not divide among the
  ///   images.
  public init(_ header: FrameHeader) throws(PayloadError) {
    let parameters = header.parameters
    guard let returns = ReturnKind(rawValue: parameters.u8(at: 14)),
      let precision = Precision(rawValue: parameters.u8(at: 15))
    else { throw .badField }
    modelVersion = parameters.u32(at: 0)
    queueMicroseconds = parameters.u32(at: 4)
    computeMicroseconds = parameters.u32(at: 8)
    imageCount = Int(parameters.u16(at: 12))
    self.returns = returns
    self.precision = precision
    guard imageCount > 0 else { throw .badField }
    let recordByteCount = header.payloadByteCount / imageCount
    let divides = recordByteCount * imageCount == header.payloadByteCount
    let fits =
      switch returns {
      case .topOne: recordByteCount == TopOne.byteCount
      case .probabilities: recordByteCount > 0 && recordByteCount % MemoryLayout<Float>.size == 0
      }
    guard divides, fits else { throw .tooShort }
  }

  /// The header of the frame; `imageCount` records follow it.
  public func header(requestID: UInt64, classCount: Int) -> FrameHeader {
    var parameters = Parameters()
    parameters.set(modelVersion, at: 0)
    parameters.set(queueMicroseconds, at: 4)
    parameters.set(computeMicroseconds, at: 8)
    parameters.set(UInt16(imageCount), at: 12)
    parameters.set(returns.rawValue, at: 14)
    parameters.set(precision.rawValue, at: 15)
    return FrameHeader(
      .result, requestID: requestID, parameters: parameters,
      payloadByteCount: imageCount * returns.recordByteCount(classCount: classCount))
  }
}

/// The most probable class of one image: 8 bytes on the wire.
public struct TopOne: Equatable, Sendable {
  public static let byteCount = 8

  public var label: Int
  public var probability: Float

  public init(label: Int, probability: Float) {
    self.label = label
    self.probability = probability
  }

  /// The class of highest probability, the lowest number of equals.
  public init(of probabilities: UnsafeBufferPointer<Float>) {
    label = 0
    probability = probabilities[0]
    for index in 1..<probabilities.count where probabilities[index] > probability {
      label = index
      probability = probabilities[index]
    }
  }

  /// Reads record number `index` of a RESULT's payload.
  public init(record index: Int, of payload: UnsafeRawBufferPointer) {
    let offset = index * Self.byteCount
    precondition(index >= 0 && offset + Self.byteCount <= payload.count)
    let bits = payload.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
    let label = payload.loadUnaligned(fromByteOffset: offset + 4, as: UInt16.self)
    probability = Float(bitPattern: UInt32(littleEndian: bits))
    self.label = Int(UInt16(littleEndian: label))
  }

  /// Writes 8 bytes at `bytes`' start.
  public func encode(into bytes: UnsafeMutableRawBufferPointer) {
    precondition(bytes.count >= Self.byteCount)
    let word = UInt64(probability.bitPattern) | UInt64(label) << 32
    bytes.storeBytes(of: word.littleEndian, as: UInt64.self)
  }
}

/// Number `index` of the `f32` values of a RESULT's payload.
public func probability(_ index: Int, of payload: UnsafeRawBufferPointer) -> Float {
  precondition(index >= 0 && (index + 1) * 4 <= payload.count)
  let bits = payload.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self)
  return Float(bitPattern: UInt32(littleEndian: bits))
}
