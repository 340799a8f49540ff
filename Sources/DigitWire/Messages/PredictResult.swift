/// RESULT: the answer to a PREDICT (SPEC section 4.2). One record for each image follows the
/// header; `RecordWriter` writes them and `Records` reads them.
public struct PredictResult: HeaderMessage {
  public var modelVersion: UInt32
  public var queueMicroseconds: UInt32
  public var computeMicroseconds: UInt32
  public var imageCount: Int
  public var returns: ReturnKind
  public var precision: Precision
  /// Bytes of the answer for one image.
  public let recordByteCount: Int

  public typealias Fault = PayloadError
  public static let type = MessageType.result

  /// - Parameter classCount: of the model that answers.
  public init(
    modelVersion: UInt32, queueMicroseconds: UInt32, computeMicroseconds: UInt32,
    imageCount: Int, returns: ReturnKind, classCount: Int, precision: Precision = .float32
  ) {
    self.modelVersion = modelVersion
    self.queueMicroseconds = queueMicroseconds
    self.computeMicroseconds = computeMicroseconds
    self.imageCount = imageCount
    self.returns = returns
    self.precision = precision
    recordByteCount = returns.recordByteCount(classCount: classCount)
  }

  public var payloadByteCount: Int { imageCount * recordByteCount }

  public var parameters: Parameters {
    var parameters = Parameters()
    parameters.set(modelVersion, at: 0)
    parameters.set(queueMicroseconds, at: 4)
    parameters.set(computeMicroseconds, at: 8)
    parameters.set(UInt16(imageCount), at: 12)
    parameters.set(returns.rawValue, at: 14)
    parameters.set(precision.rawValue, at: 15)
    return parameters
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
    recordByteCount = header.payloadByteCount / imageCount
    let divides = recordByteCount * imageCount == header.payloadByteCount
    let fits =
      switch returns {
      case .topOne: recordByteCount == TopOne.byteCount
      case .probabilities: recordByteCount > 0 && recordByteCount % MemoryLayout<Float>.size == 0
      }
    guard divides, fits else { throw .tooShort }
  }
}

// MARK: - The records

extension PredictResult {
  /// Writes the whole frame into exactly `encodedByteCount` bytes: allocates nothing.
  ///
  /// - Parameter write: appends a record for each of the `imageCount` images.
  public func encode(
    requestID: UInt64, into bytes: UnsafeMutableRawBufferPointer,
    records write: (inout RecordWriter) -> Void
  ) {
    encode(requestID: requestID, into: bytes) { payload in
      var writer = RecordWriter(self, into: payload)
      write(&writer)
      precondition(writer.isComplete, "a RESULT has a record for each image")
    }
  }

  /// Writes a RESULT's payload image by image, from where the probabilities lie.
  public struct RecordWriter {
    private let returns: ReturnKind
    private var writer: ByteWriter
    private let byteCount: Int

    init(_ result: PredictResult, into payload: UnsafeMutableRawBufferPointer) {
      returns = result.returns
      writer = ByteWriter(payload)
      byteCount = result.payloadByteCount
    }

    var isComplete: Bool { writer.count == byteCount }

    /// - Parameter probabilities: one for each of the model's classes.
    public mutating func append(_ probabilities: UnsafeBufferPointer<Float>) {
      switch returns {
      case .topOne: append(TopOne(of: probabilities))
      case .probabilities: for probability in probabilities { writer.write(probability) }
      }
    }

    /// - Precondition: the request asked for top-1.
    public mutating func append(_ top: TopOne) {
      precondition(returns == .topOne)
      writer.write(UInt64(top.probability.bitPattern) | UInt64(top.label) << 32)
    }
  }

  /// - Parameter payload: of this message's frame.
  public func records(_ payload: UnsafeRawBufferPointer) -> Records { Records(self, payload) }

  /// A RESULT's payload, read where it lies.
  public struct Records {
    private let returns: ReturnKind
    private let payload: UnsafeRawBufferPointer
    public let imageCount: Int
    private let recordByteCount: Int

    init(_ result: PredictResult, _ payload: UnsafeRawBufferPointer) {
      precondition(payload.count == result.payloadByteCount)
      self.payload = payload
      returns = result.returns
      imageCount = result.imageCount
      recordByteCount = result.recordByteCount
    }

    /// How many classes the records speak of; nil for top-1, whose records do not say.
    public var classCount: Int? {
      switch returns {
      case .topOne: nil
      case .probabilities: recordByteCount / MemoryLayout<Float>.size
      }
    }

    /// The most probable class of an image.
    public func topOne(of image: Int) -> TopOne {
      precondition((0..<imageCount).contains(image))
      switch returns {
      case .topOne:
        let word = payload.loadUnaligned(
          fromByteOffset: image * TopOne.byteCount, as: UInt64.self
        ).littleEndian
        return TopOne(
          label: Int(UInt16(truncatingIfNeeded: word >> 32)),
          probability: Float(bitPattern: UInt32(truncatingIfNeeded: word)))
      case .probabilities:
        var top = TopOne(label: 0, probability: probability(of: 0, image: image))
        for label in 1..<classCount! {
          let probability = probability(of: label, image: image)
          if probability > top.probability { top = TopOne(label: label, probability: probability) }
        }
        return top
      }
    }

    /// - Precondition: the request asked for probabilities; a class under `classCount`.
    public func probability(of label: Int, image: Int) -> Float {
      precondition(returns == .probabilities && (0..<imageCount).contains(image))
      let offset = label * MemoryLayout<Float>.size
      precondition(label >= 0 && offset < recordByteCount)
      let bits = payload.loadUnaligned(
        fromByteOffset: image * recordByteCount + offset, as: UInt32.self)
      return Float(bitPattern: UInt32(littleEndian: bits))
    }
  }
}

/// The most probable class of one image.
public struct TopOne: Equatable, Sendable {
  /// On the wire: f32 probability, u16 class, u16 reserved.
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
}
