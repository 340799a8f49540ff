import DigitClient
import DigitImage
import PlainText

/// What was found in one picture file.
struct PictureAnswer: Encodable {
  struct Digit: Encodable {
    let label: Int
    let name: String
    let probability: Float
    let runnerUp: Int
    let runnerUpName: String
    let runnerUpProbability: Float
    let probabilities: [Float]
    let sure: Bool
    /// Left, top, right and bottom in the file's pixels.
    let box: [Int]
    /// What the network saw, 28 × 28; only where it is asked for.
    let pixels: [UInt8]?

    enum CodingKeys: String, CodingKey {
      case label, name, probability, probabilities, sure, box, pixels
      case runnerUp = "runner_up"
      case runnerUpName = "runner_up_name"
      case runnerUpProbability = "runner_up_probability"
    }

    /// Below this probability an answer is a guess.
    private static let leastSure: Float = 0.6

    init(_ image: ImagePrediction, names: [String], of found: FoundDigit, showsPixels: Bool) {
      let order = image.probabilities.enumerated().sorted { $0.element > $1.element }
      let second = order.first { $0.offset != image.label } ?? (image.label, 0)
      label = image.label
      name = image.name
      probability = image.probability
      runnerUp = second.0
      runnerUpName = names[second.0]
      runnerUpProbability = second.1
      probabilities = Array(image.probabilities)
      sure = image.probability >= Self.leastSure
      box = [found.bounds.left, found.bounds.top, found.bounds.right, found.bounds.bottom]
      pixels = showsPixels ? found.pixels : nil
    }

    /// The cells of a line.
    var cells: [String] {
      let best = "\(name.escaped)  \(percent(Double(probability)))"
      let second = "\(runnerUpName.escaped)  \(percent(Double(runnerUpProbability)))"
      return sure ? [best, "then \(second)"] : ["not sure: \(best)", "or \(second)"]
    }
  }

  let file: String
  /// In reading order; empty where the picture shows no ink.
  let digits: [Digit]
  /// Pieces of ink that were taken for no digit: along the border, too small, of another shape.
  let leftOut: Int
  /// Why the file was not read; nil where it was.
  let error: String?

  enum CodingKeys: String, CodingKey {
    case file, digits, error
    case leftOut = "left_out"
  }

  init(file: String, digits: [Digit], leftOut: Int) {
    self.file = file
    self.digits = digits
    self.leftOut = leftOut
    error = nil
  }

  init(file: String, error: String) {
    self.file = file
    digits = []
    leftOut = 0
    self.error = error
  }
}
