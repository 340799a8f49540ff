import DigitClient
import DigitImage
import DigitWire
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
    /// Whether it is more likely none.
    let notADigit: Bool
    /// Left, top, right and bottom in the file's pixels.
    let box: [Int]
    /// What the network saw, 28 × 28; only where it is asked for.
    let pixels: [UInt8]?

    enum CodingKeys: String, CodingKey {
      case label, name, probability, probabilities, sure, box, pixels
      case notADigit = "not_a_digit"
      case runnerUp = "runner_up"
      case runnerUpName = "runner_up_name"
      case runnerUpProbability = "runner_up_probability"
    }

    /// Below this probability an answer is a guess: of a model whose probabilities were fitted to
    /// how often it is right, and of another, which may be right at any probability.
    private static let (leastSure, leastSureUnfitted): (Float, Float) = (0.9, 0.6)

    /// - Parameter threshold: the model's for rejection; nil where it was not fitted.
    init(
      _ image: ImagePrediction, names: [String], of found: FoundDigit, threshold: Float?,
      showsPixels: Bool
    ) {
      let order = image.probabilities.enumerated().sorted { $0.element > $1.element }
      let second = order.first { $0.offset != image.label } ?? (image.label, 0)
      label = image.label
      name = image.name
      probability = image.probability
      runnerUp = second.0
      runnerUpName = names[second.0]
      runnerUpProbability = second.1
      probabilities = Array(image.probabilities)
      notADigit = RejectionRule.rejects(
        probability: image.probability, threshold: threshold, pixels: found.pixels)
      let least = threshold == nil ? Self.leastSureUnfitted : Self.leastSure
      sure = image.probability >= least && !notADigit
      box = [found.bounds.left, found.bounds.top, found.bounds.right, found.bounds.bottom]
      pixels = showsPixels ? found.pixels : nil
    }

    /// The cells of a line.
    var cells: [String] {
      let best = "\(name.escaped)  \(percent(Double(probability)))"
      let second = "\(runnerUpName.escaped)  \(percent(Double(runnerUpProbability)))"
      if notADigit { return ["not a digit: \(best)", "or \(second)"] }
      return sure ? [best, "then \(second)"] : ["not sure: \(best)", "or \(second)"]
    }
  }

  /// A printed box of a form.
  struct Box: Encodable {
    /// Left, top, right and bottom in the file's pixels.
    let box: [Int]
    /// Where in `digits` the one is that it holds; nil where it is empty.
    let digitIndex: Int?

    init(_ bounds: Rectangle, digitIndex: Int?) {
      box = [bounds.left, bounds.top, bounds.right, bounds.bottom]
      self.digitIndex = digitIndex
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(box, forKey: .box)
      // Null where it is empty.
      try container.encode(digitIndex, forKey: .digitIndex)
    }

    private enum CodingKeys: String, CodingKey {
      case box
      case digitIndex = "digit_index"
    }
  }

  /// What to draw over the picture.
  var marks: [AnnotatedPicture.Mark] {
    let empty = (boxes ?? []).filter { $0.digitIndex == nil }
    return empty.map { .init(Self.rectangle($0.box), "", .paleInk) }
      + digits.map { digit in
        let colour: RGB = digit.notADigit ? .paleInk : digit.sure ? .ink : .alarm
        return .init(Self.rectangle(digit.box), digit.name, colour)
      }
  }

  private static func rectangle(_ box: [Int]) -> Rectangle {
    Rectangle(left: box[0], top: box[1], right: box[2], bottom: box[3])
  }

  let file: String
  /// In reading order; empty where the picture shows no ink.
  let digits: [Digit]
  /// In reading order; nil where these were not asked for.
  let boxes: [Box]?
  /// Pieces of ink that were taken for no digit: along the border, too small, of another shape.
  let leftOut: Int
  /// Why the file was not read; nil where it was.
  let error: String?

  enum CodingKeys: String, CodingKey {
    case file, digits, boxes, error
    case leftOut = "left_out"
  }

  init(file: String, digits: [Digit], boxes: [Box]? = nil, leftOut: Int = 0) {
    self.file = file
    self.digits = digits
    self.boxes = boxes
    self.leftOut = leftOut
    error = nil
  }

  init(file: String, error: String) {
    self.file = file
    digits = []
    boxes = nil
    leftOut = 0
    self.error = error
  }
}
