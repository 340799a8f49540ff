import DigitWire

/// An answer that is not what the protocol lets a server say: the connection ends.
struct Violation: Error, Equatable {
  let message: String

  init(message: String) { self.message = message }

  /// - Parameter error: what is wrong with the message, in words.
  init(malformed header: FrameHeader, _ error: any Error) {
    message = "expected a well-formed \(header.typeName): \(error)"
  }
}

extension FrameHeader {
  fileprivate var typeName: String {
    MessageType(rawValue: type)?.name ?? "a message of type \(type)"
  }
}

extension Pong {
  /// What PING carries, and PONG has to bring back: no other answer is like it.
  static func echo(of requestID: UInt64) -> [UInt8] {
    withUnsafeBytes(of: requestID.littleEndian) { Array($0) }
  }

  fileprivate func requireEcho(
    of requestID: UInt64, _ payload: UnsafeRawBufferPointer
  ) throws(Violation) {
    let echo = Self.echo(of: requestID)
    guard payloadByteCount == echo.count else {
      throw Violation(
        message: "expected PONG to carry the \(echo.count) bytes of its PING, "
          + "got \(payloadByteCount)")
    }
    guard payload.elementsEqual(echo) else {
      throw Violation(
        message: "expected PONG to carry the \(echo.count) bytes of its PING, got other bytes")
    }
  }
}

extension Answer {
  /// Reads the answer to `request` out of one whole frame.
  init(
    to request: Request, _ header: FrameHeader, payload: UnsafeRawBufferPointer
  ) throws(Violation) {
    do {
      switch (request.question, MessageType(rawValue: header.type)) {
      case (.predict(let question), .result):
        self = .prediction(
          try Prediction(to: question, by: request.model!, header, payload: payload))
      case (.ping, .pong):
        try Pong(header).requireEcho(of: header.requestID, payload)
        self = .pong
      case (.stats, .statsReply):
        self = .stats(try StatsReply(header, payload: payload))
      case (.metadata, .metadataReply):
        self = .models(try MetadataReply(header, payload: payload).models)
      case (.reload, .reloadReply):
        self = .reloaded(try ReloadReply(header, payload: payload))
      default:
        throw Violation(
          message: "expected the answer to request \(header.requestID), got \(header.typeName)")
      }
    } catch let violation as Violation {
      throw violation
    } catch {
      throw Violation(malformed: header, error)
    }
  }
}

extension Prediction {
  /// - Parameter model: whose labels name the classes.
  init(
    to question: PredictQuestion, by model: ModelDescription, _ header: FrameHeader,
    payload: UnsafeRawBufferPointer
  ) throws {
    let result = try PredictResult(header)
    guard result.imageCount == question.images.count else {
      throw Violation(
        message: "expected a RESULT whose image count is \(question.images.count), "
          + "got \(result.imageCount)")
    }
    guard result.returns == question.returns else {
      throw Violation(
        message: "expected a RESULT of kind \(question.returns.rawValue), "
          + "got one of kind \(result.returns.rawValue)")
    }
    self.model = model.name
    modelVersion = result.modelVersion
    precision = result.precision
    serverQueue = .microseconds(Int64(result.queueMicroseconds))
    serverCompute = .microseconds(Int64(result.computeMicroseconds))
    let records = result.records(payload)
    images =
      switch result.returns {
      case .topOne: try Images(topOne: records, names: model.labels)
      case .probabilities: try Images(probabilities: records, names: model.labels)
      }
  }
}

extension Prediction.Images {
  init(topOne records: PredictResult.Records, names: [String]) throws {
    let images = 0..<records.imageCount
    for image in images where records.topOne(of: image).label >= names.count {
      throw Violation(message: "expected a class under \(names.count) in a RESULT")
    }
    let values = images.map { records.topOne(of: $0).probability }
    try checkProbabilities(values)
    self.init(
      returns: .topOne, classNames: names, probabilities: values,
      labels: images.map { UInt16(records.topOne(of: $0).label) })
  }

  init(probabilities records: PredictResult.Records, names: [String]) throws {
    guard let classCount = records.classCount, classCount == names.count else {
      throw Violation(
        message: "expected \(names.count) probabilities for each image in a RESULT, "
          + "got \(records.classCount ?? 0)")
    }
    let count = records.imageCount
    let values = [Float](unsafeUninitializedCapacity: count * classCount) { buffer, filled in
      for index in 0..<count * classCount {
        let (image, label) = index.quotientAndRemainder(dividingBy: classCount)
        buffer[index] = records.probability(of: label, image: image)
      }
      filled = count * classCount
    }
    try checkProbabilities(values)
    self.init(
      returns: .probabilities, classNames: names, probabilities: values,
      labels: (0..<count).map { UInt16(records.topOne(of: $0).label) })
  }
}

/// One that is no number would otherwise count as no confidence at all, or as the best.
private func checkProbabilities(_ values: [Float]) throws(Violation) {
  // A sum of several may be rounded up.
  guard values.allSatisfy({ (0...1.001).contains($0) }) else {
    throw Violation(message: "expected probabilities of 0…1 in a RESULT")
  }
}
