import DigitWire

/// What any interface makes of a request's body: images, ready for the server's slots, and how
/// their client wants to be answered.
package struct InferenceCall: Equatable, Sendable {
  /// Nil for the server's default model.
  package var model: String?
  /// Nil for the one that is served.
  package var version: UInt32?
  package var pixelType: PixelType
  /// imageCount × 28 × 28 pixels of `pixelType` in the processor's byte order; empty for a picture
  /// in which there is nothing to read. Floats are finite, and from 0 to 1.
  package var pixels: [UInt8]
  /// Whether the pixels skip the model's conditioning.
  package var isRaw: Bool
  /// How long the images may wait before they are computed; zero for as long as it takes.
  package var deadlineMicroseconds: UInt64
  package var answer: AnswerForm

  package init(
    model: String? = nil, version: UInt32? = nil, pixelType: PixelType, pixels: [UInt8],
    isRaw: Bool = false, deadlineMicroseconds: UInt64 = 0, answer: AnswerForm
  ) {
    precondition(pixels.count.isMultiple(of: pixelType.imageByteCount))
    self.model = model
    self.version = version
    self.pixelType = pixelType
    self.pixels = pixels
    self.isRaw = isRaw
    self.deadlineMicroseconds = deadlineMicroseconds
    self.answer = answer
  }

  /// Zero where there is nothing to compute: the answer can be encoded at once, with a reply that
  /// holds no probabilities.
  package var imageCount: Int { pixels.count / pixelType.imageByteCount }
}

/// In which form an answer is written, with what its interface keeps from the request.
package enum AnswerForm: Equatable, Sendable {
  case openInference(OpenInferenceAnswer)
  case tensorFlowServing(TensorFlowServingAnswer)
  case predict(PredictAnswer)
}

/// What the server says of a call's images: plain values.
package struct InferenceReply: Equatable, Sendable {
  package var modelName: String
  package var modelVersion: UInt32
  package var precision: String
  /// The name of each class.
  package var labels: [String]
  /// Below which probability an image shows none of the classes; nil where the model does not say.
  package var rejectionThreshold: Float?
  /// imageCount × classCount, row-major.
  package var probabilities: [Float]
  /// The longest time that an image waited.
  package var queueMicroseconds: UInt64
  /// The longest time that a batch with one of the images took.
  package var computeMicroseconds: UInt64
  /// From the request's last byte to its answer.
  package var totalMicroseconds: UInt64

  package init(
    modelName: String, modelVersion: UInt32, precision: String, labels: [String],
    probabilities: [Float] = [], queueMicroseconds: UInt64 = 0, computeMicroseconds: UInt64 = 0,
    totalMicroseconds: UInt64 = 0
  ) {
    precondition(!labels.isEmpty && probabilities.count.isMultiple(of: labels.count))
    self.modelName = modelName
    self.modelVersion = modelVersion
    self.precision = precision
    self.labels = labels
    self.probabilities = probabilities
    self.queueMicroseconds = queueMicroseconds
    self.computeMicroseconds = computeMicroseconds
    self.totalMicroseconds = totalMicroseconds
  }

  package var classCount: Int { labels.count }
  package var imageCount: Int { probabilities.count / classCount }

  /// The probabilities of one image's classes.
  func probabilities(ofImage index: Int) -> ArraySlice<Float> {
    probabilities[index * classCount..<(index + 1) * classCount]
  }

  /// The index of an image's most probable class, the first of equals.
  func label(ofImage index: Int) -> Int {
    let start = index * classCount
    var best = start
    for candidate in start..<start + classCount where probabilities[candidate] > probabilities[best]
    {
      best = candidate
    }
    return best - start
  }

  /// The indices of an image's classes, the most probable first.
  func ranking(ofImage index: Int) -> [Int] {
    let values = Array(probabilities(ofImage: index))
    return values.indices.sorted { (values[$0], $1) > (values[$1], $0) }
  }
}

/// The content of a successful response.
package struct EncodedBody: Equatable, Sendable {
  package struct Header: Equatable, Sendable {
    package var name: String
    package var value: String
  }

  package var contentType: String
  /// Beside Content-Type and Content-Length.
  package var headers: [Header] = []
  package var bytes: [UInt8]
}
