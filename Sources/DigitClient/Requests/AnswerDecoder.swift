import DigitWire

/// An answer that is not what the protocol lets a server say: the connection ends.
struct Violation: Error, Equatable {
  let message: String
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
      case (.ping, .pong): self = .pong
      case (.stats, .statsReply):
        self = .stats(try StatsReply(header.parameters, payload: payload))
      case (.metadata, .metadataReply):
        self = .models(try ModelList(header.parameters, payload: payload).models)
      default:
        throw Violation(
          message: "expected the answer to request \(header.requestID), got type \(header.type)")
      }
    } catch let violation as Violation {
      throw violation
    } catch {
      throw Violation(message: "a message of type \(header.type) does not hold what it says")
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
    guard result.imageCount == question.images.count, result.returns == question.returns else {
      throw Violation(
        message: "expected \(question.images.count) answers, got \(result.imageCount)")
    }
    self.model = model.name
    modelVersion = result.modelVersion
    precision = result.precision
    serverQueue = .microseconds(Int64(result.queueMicroseconds))
    serverCompute = .microseconds(Int64(result.computeMicroseconds))
    images =
      switch result.returns {
      case .topOne: try Images(topOneOf: result.imageCount, names: model.labels, payload)
      case .probabilities:
        try Images(probabilitiesOf: result.imageCount, names: model.labels, payload)
      }
  }
}

extension Prediction.Images {
  /// - Parameter payload: count × (f32 probability, u16 class, u16 reserved).
  init(topOneOf count: Int, names: [String], _ payload: UnsafeRawBufferPointer) throws {
    for index in 0..<count where TopOne(record: index, of: payload).label >= names.count {
      throw Violation(message: "expected a class under \(names.count) in a RESULT")
    }
    let values = (0..<count).map { TopOne(record: $0, of: payload).probability }
    try checkProbabilities(values)
    self.init(
      returns: .topOne, classNames: names, probabilities: values,
      labels: (0..<count).map { UInt16(TopOne(record: $0, of: payload).label) })
  }

  /// - Parameter payload: count × classes × f32.
  init(probabilitiesOf count: Int, names: [String], _ payload: UnsafeRawBufferPointer) throws {
    let classCount = names.count
    guard payload.count == count * ReturnKind.probabilities.recordByteCount(classCount: classCount)
    else {
      throw Violation(message: "expected \(count) × \(classCount) probabilities in a RESULT")
    }
    let values = [Float](unsafeUninitializedCapacity: count * classCount) { buffer, filled in
      for index in 0..<count * classCount { buffer[index] = probability(index, of: payload) }
      filled = count * classCount
    }
    try checkProbabilities(values)
    let labels = values.withUnsafeBufferPointer { all in
      (0..<count).map { index in
        let first = index * classCount
        return UInt16(
          TopOne(of: UnsafeBufferPointer(rebasing: all[first..<first + classCount])).label)
      }
    }
    self.init(returns: .probabilities, classNames: names, probabilities: values, labels: labels)
  }
}

/// One that is no number would otherwise count as no confidence at all, or as the best.
private func checkProbabilities(_ values: [Float]) throws(Violation) {
  // A sum of several may be rounded up.
  guard values.allSatisfy({ (0...1.001).contains($0) }) else {
    throw Violation(message: "expected probabilities of 0…1 in a RESULT")
  }
}
