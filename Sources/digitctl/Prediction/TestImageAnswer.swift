import DigitClient
import Measure
import PlainText

/// What one image of a labelled set shows.
struct TestImageAnswer: Encodable {
  let index: Int
  let label: Int
  let probability: Float
  let probabilities: [Float]
  let truth: Int
  let correct: Bool
  let model: String
  let modelVersion: UInt32
  let queueMicroseconds: Double
  let computeMicroseconds: Double

  enum CodingKeys: String, CodingKey {
    case index, label, probability, probabilities, truth, correct, model
    case modelVersion = "model_version"
    case queueMicroseconds = "queue_us"
    case computeMicroseconds = "compute_us"
  }

  init(_ prediction: Prediction, index: Int, truth: Int) {
    let image = prediction.images[0]
    self.index = index
    self.truth = truth
    label = image.label
    probability = image.probability
    probabilities = Array(image.probabilities)
    correct = image.label == truth
    model = prediction.model
    modelVersion = prediction.modelVersion
    queueMicroseconds = prediction.serverQueue.microseconds
    computeMicroseconds = prediction.serverCompute.microseconds
  }

  func text(names: [String]) -> String {
    let rows = zip(names, probabilities).map { name, part in
      ["  \(name)", percent(Double(part)), bar(Double(part))]
    }
    return """
      image \(index) shows \(names[label]) (\(percent(Double(probability)))); \
      the truth is \(truth): \(correct ? "right" : "wrong")
      \(table(rows))
      \(model) version \(modelVersion), \
      queue \(latencyText(microseconds: queueMicroseconds)), \
      compute \(latencyText(microseconds: computeMicroseconds))
      """
  }
}
