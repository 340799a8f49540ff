import Foundation

/// Pictures of no digit, by which a network learns to have no opinion (D. Hendrycks, M. Mazeika
/// and T. Dietterich, "Deep Anomaly Detection with Outlier Exposure", 2019).
///
/// They are drawn, or cut from the digit in whose place they stand. Letters, drawn shapes such as
/// circles and stars, noise and checkerboards are not among them, nor may be: by these it is
/// measured what a network says of kinds that it was not trained on.
package enum Outlier: CaseIterable, Sendable {
  /// Several curves on top of each other.
  case scribble
  /// The digit cut into squares, in another order.
  case jigsaw
  /// Waves in one direction.
  case grating
  /// A smooth random field, or the hills above its middle.
  case clouds
  /// One level of ink, or a slope from one to another.
  case flat
  /// A bar along a border, as of a page's edge or a thumb.
  case border
  /// At least three parallel lines, or a grid of them.
  case ruling

  /// - Parameter digit: the image in whose place it stands.
  package func draw(over digit: InkImage, _ random: inout RandomSource) -> InkImage {
    let paper = InkImage(height: digit.height, width: digit.width)
    return switch self {
    case .scribble: Self.scribble(paper, &random)
    case .jigsaw: Self.jigsaw(digit, &random)
    case .grating: Self.grating(paper, &random)
    case .clouds: Self.clouds(paper, &random)
    case .flat: Self.flat(paper, &random)
    case .border: Self.border(paper, &random)
    case .ruling: Self.ruling(paper, &random)
    }
  }

  private static func scribble(_ paper: InkImage, _ random: inout RandomSource) -> InkImage {
    var image = paper
    let (width, height) = (Float(paper.width), Float(paper.height))
    let pen = 1.2 + 2 * random.unitFloat()
    for _ in 0..<3 + random.index(below: 4) {
      let points = (0..<3).map { _ in
        InkImage.Point(
          width * (0.1 + 0.8 * random.unitFloat()), height * (0.1 + 0.8 * random.unitFloat()))
      }
      var last = points[0]
      for step in 1...6 {
        // A quadratic Bézier curve.
        let (t, s) = (Float(step) / 6, 1 - Float(step) / 6)
        let next = InkImage.Point(
          s * s * points[0].x + 2 * s * t * points[1].x + t * t * points[2].x,
          s * s * points[0].y + 2 * s * t * points[1].y + t * t * points[2].y)
        image.stroke(from: last, to: next, width: pen, ink: 1)
        last = next
      }
    }
    return image
  }

  private static func jigsaw(_ digit: InkImage, _ random: inout RandomSource) -> InkImage {
    let count = 3 + random.index(below: 2)
    let order = random.shuffledIndices(count * count)
    var image = InkImage(height: digit.height, width: digit.width)
    let (width, height) = (digit.width / count, digit.height / count)
    for (place, piece) in order.enumerated() {
      for y in 0..<height {
        for x in 0..<width {
          image[place % count * width + x, place / count * height + y] =
            digit[piece % count * width + x, piece / count * height + y]
        }
      }
    }
    return image
  }

  private static func grating(_ paper: InkImage, _ random: inout RandomSource) -> InkImage {
    let angle = random.unitFloat() * .pi
    let frequency = 2 * .pi / (3 + 9 * random.unitFloat())
    let phase = random.unitFloat() * 2 * .pi
    let sharpness = 0.5 + 3 * random.unitFloat()
    return paper.filled { x, y in
      let wave = sin((x * cos(angle) + y * sin(angle)) * frequency + phase)
      return 0.5 + sharpness * wave / 2
    }
  }

  private static func clouds(_ paper: InkImage, _ random: inout RandomSource) -> InkImage {
    let nodes = 3 + random.index(below: 5)
    let levels = (0..<nodes * nodes).map { _ in random.unitFloat() }
    let steepness: Float = random.index(below: 2) == 0 ? 1 : 8
    let (width, height) = (Float(paper.width), Float(paper.height))
    return paper.filled { x, y in
      let (u, v) = (x / width * Float(nodes - 1), y / height * Float(nodes - 1))
      let (left, top) = (Int(u), Int(v))
      let (right, down) = (u - Float(left), v - Float(top))
      let at = { (x: Int, y: Int) in levels[min(y, nodes - 1) * nodes + min(x, nodes - 1)] }
      let upper = at(left, top) * (1 - right) + at(left + 1, top) * right
      let lower = at(left, top + 1) * (1 - right) + at(left + 1, top + 1) * right
      return 0.5 + steepness * (upper * (1 - down) + lower * down - 0.5)
    }
  }

  private static func flat(_ paper: InkImage, _ random: inout RandomSource) -> InkImage {
    let level = random.unitFloat()
    let slope: Float = random.index(below: 2) == 0 ? 0 : random.float(within: 0.03)
    let angle = random.unitFloat() * .pi
    return paper.filled { x, y in level + slope * (x * cos(angle) + y * sin(angle)) }
  }

  private static func border(_ paper: InkImage, _ random: inout RandomSource) -> InkImage {
    let side = random.index(below: 4)
    let depth = 1.5 + 11 * random.unitFloat()
    let lean = random.float(within: 0.15)
    let softness = 0.5 + 1.5 * random.unitFloat()
    let ink = 0.3 + 0.7 * random.unitFloat()
    let (width, height) = (Float(paper.width - 1), Float(paper.height - 1))
    return paper.filled { x, y in
      let distance =
        switch side {
        case 0: x + lean * y
        case 1: width - x + lean * y
        case 2: y + lean * x
        default: height - y + lean * x
        }
      return ink * min(max((depth - distance) / softness, 0), 1)
    }
  }

  private static func ruling(_ paper: InkImage, _ random: inout RandomSource) -> InkImage {
    var image = paper
    let spacing = 4 + 4 * random.unitFloat()
    let pen = 0.8 + 1.4 * random.unitFloat()
    let tilt = random.float(within: 0.3)
    let ink = 0.4 + 0.6 * random.unitFloat()
    let start = random.unitFloat() * spacing
    let first = random.index(below: 2)
    for direction in random.index(below: 2) == 0 ? [first] : [0, 1] {
      for offset in stride(from: start, to: Float(max(paper.width, paper.height)), by: spacing) {
        let middle = direction == 0 ? Float(paper.width) / 2 : Float(paper.height) / 2
        image.line(
          through: direction == 0 ? .init(middle, offset) : .init(offset, middle),
          angle: tilt + (direction == 0 ? 0 : .pi / 2), width: pen, ink: ink)
      }
    }
    return image
  }
}

extension InkImage {
  /// Of the same size, each pixel by a function of its place, cut off where ink begins and ends.
  fileprivate func filled(_ ink: (_ x: Float, _ y: Float) -> Float) -> InkImage {
    var image = self
    for y in 0..<height {
      for x in 0..<width { image[x, y] = min(max(ink(Float(x), Float(y)), 0), 1) }
    }
    return image
  }
}
