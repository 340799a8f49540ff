import DigitFiles
import DigitImage
import Foundation

/// A picture that a test draws: grey levels, drawn into by what follows.
struct Drawing {
  let width: Int
  let height: Int
  private var levels: [Double]

  init(width: Int, height: Int, ground: (_ x: Int, _ y: Int) -> Double = { _, _ in 230 }) {
    self.width = width
    self.height = height
    levels = (0..<width * height).map { ground($0 % width, $0 / width) }
  }

  var image: GrayImage {
    GrayImage(
      width: width, height: height, pixels: levels.map { UInt8(min(255, max(0, $0))) })
  }

  /// A digit of MNIST, `scale` times as large, its corner at a place; its ink adds `contrast`.
  mutating func draw(
    _ digit: some Collection<UInt8>, atX left: Int, y top: Int, scale: Int, contrast: Double
  ) {
    let pixels = Array(digit)
    for y in 0..<28 * scale {
      for x in 0..<28 * scale {
        let (column, row) = (left + x, top + y)
        guard column >= 0, row >= 0, column < width, row < height else { continue }
        let ink = Double(pixels[y / scale * 28 + x / scale]) / 255
        levels[row * width + column] += contrast * ink
      }
    }
  }

  /// A filled rectangle.
  mutating func fill(_ area: Rectangle, level: Double) {
    for y in area.top..<area.bottom {
      for x in area.left..<area.right { levels[y * width + x] = level }
    }
  }

  /// Chance between plus and minus `amount`, by a generator with a fixed seed.
  mutating func addNoise(_ amount: Double) {
    var state: UInt64 = 1
    for index in levels.indices {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      levels[index] += amount * (Double(state >> 33) / Double(1 << 30) - 1)
    }
  }
}

/// The first image of each digit among the shipped training images.
enum Handwriting {
  static let images: ImageSet? = {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Data/mnist/train-5k").path
    return try? ImageSet(
      images: "\(folder)-images-idx3-ubyte.gz", labels: "\(folder)-labels-idx1-ubyte.gz")
  }()

  static func digit(_ label: Int) -> [UInt8] {
    guard let images, let index = images.labels.firstIndex(of: UInt8(label)) else {
      preconditionFailure("the training images lie in Tests/Data/mnist")
    }
    return Array(images.image(index))
  }
}

/// How alike two images of 28 × 28 are: 1 for the same, 0 for nothing in common (the cosine
/// between them).
func likeness(_ one: [UInt8], _ other: [UInt8]) -> Double {
  let product = { (a: [UInt8], b: [UInt8]) in
    zip(a, b).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
  }
  return product(one, other) / (product(one, one) * product(other, other)).squareRoot()
}

extension Finding {
  /// Without cuts.
  var found: [FoundDigit] {
    switch self {
    case .digits(let digits, _): digits.uncut.candidates
    case .noInk: []
    }
  }
}
