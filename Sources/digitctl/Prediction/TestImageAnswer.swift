import DigitClient
import DigitEvaluation
import Measure
import PlainText

/// What a server said about one image of a labelled set.
struct TestImageAnswer: Encodable {
  let reading: LabelledReading
  let model: String
  let modelVersion: UInt32
  let precision: String
  let queueMicroseconds: Double
  let computeMicroseconds: Double

  enum CodingKeys: String, CodingKey {
    case model, precision
    case modelVersion = "model_version"
    case queueMicroseconds = "queue_us"
    case computeMicroseconds = "compute_us"
  }

  init(_ prediction: Prediction, index: Int, truth: Int) {
    let image = prediction.images[0]
    reading = LabelledReading(
      index: index, probabilities: Array(image.probabilities), label: image.label, truth: truth)
    model = prediction.model
    modelVersion = prediction.modelVersion
    precision = "\(prediction.precision)"
    queueMicroseconds = prediction.serverQueue.microseconds
    computeMicroseconds = prediction.serverCompute.microseconds
  }

  /// One object: the reading's keys among the others.
  func encode(to encoder: any Encoder) throws {
    try reading.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(model, forKey: .model)
    try container.encode(modelVersion, forKey: .modelVersion)
    try container.encode(precision, forKey: .precision)
    try container.encode(queueMicroseconds, forKey: .queueMicroseconds)
    try container.encode(computeMicroseconds, forKey: .computeMicroseconds)
  }

  func text(names: [String]) -> String {
    """
    \(reading.text(names: names))
    \(model.escaped) version \(modelVersion), \(precision), \
    queue \(latencyText(microseconds: queueMicroseconds)), \
    compute \(latencyText(microseconds: computeMicroseconds))
    """
  }
}
