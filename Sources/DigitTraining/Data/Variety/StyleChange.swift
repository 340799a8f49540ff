import Foundation

/// Ways in which digits of other hands, pens, scanners and papers differ from those of MNIST.
///
/// Each is a function of an image and of chance. Amounts are drawn anew for every image.
package enum StyleChange: CaseIterable, Sendable {
  /// Strokes up to a pixel thinner or thicker on each side.
  case thickness
  /// As a camera of few pixels sees it.
  case coarseness
  case blur
  /// Lines and bands across the image: ink, gaps or inversion.
  case lines
  case noise

  package func apply(to image: InkImage, _ random: inout RandomSource) -> InkImage {
    switch self {
    case .thickness: Self.thickened(image, by: random.float(within: 1))
    case .coarseness: Self.coarsened(image, cells: 9 + random.index(below: 7))
    case .blur: Self.blurred(image, deviation: 0.5 + 0.7 * random.unitFloat())
    case .lines: Self.crossed(image, &random)
    case .noise: Self.noisy(image, deviation: 0.05 + 0.25 * random.unitFloat(), &random)
    }
  }

  /// Widths and heights of an image after a stretch, as factors.
  static func stretch(_ random: inout RandomSource) -> (x: Float, y: Float) {
    (1 + random.float(within: 0.25), 1 + random.float(within: 0.25))
  }

  /// - Parameter amount: −1…1 pixels on each side of a stroke; below 0 it becomes thinner.
  package static func thickened(_ image: InkImage, by amount: Float) -> InkImage {
    var changed = image
    let part = abs(amount)
    for y in 0..<image.height {
      for x in 0..<image.width {
        var extreme = image[x, y]
        for (dx, dy) in [(-1, 0), (1, 0), (0, -1), (0, 1)] {
          let neighbour = image.ink(x + dx, y + dy)
          extreme = amount < 0 ? min(extreme, neighbour) : max(extreme, neighbour)
        }
        changed[x, y] += part * (extreme - image[x, y])
      }
    }
    return changed
  }

  /// Each of cells × cells parts has its mean.
  package static func coarsened(_ image: InkImage, cells: Int) -> InkImage {
    var sums = [Float](repeating: 0, count: cells * cells)
    var counts = sums
    let cell = { (x: Int, y: Int) in
      y * cells / image.height * cells + x * cells / image.width
    }
    for y in 0..<image.height {
      for x in 0..<image.width {
        sums[cell(x, y)] += image[x, y]
        counts[cell(x, y)] += 1
      }
    }
    var changed = image
    for y in 0..<image.height {
      for x in 0..<image.width { changed[x, y] = sums[cell(x, y)] / counts[cell(x, y)] }
    }
    return changed
  }

  /// A Gaussian, cut off at two pixels.
  /// - Parameter deviation: in pixels.
  package static func blurred(_ image: InkImage, deviation: Float) -> InkImage {
    let taps = (-2...2).map { exp(-Float($0 * $0) / (2 * deviation * deviation)) }
    let sum = taps.reduce(0, +)
    var (across, both) = (image, image)
    for y in 0..<image.height {
      for x in 0..<image.width {
        across[x, y] = (0..<5).reduce(Float(0)) { $0 + taps[$1] / sum * image.ink(x + $1 - 2, y) }
      }
    }
    for y in 0..<image.height {
      for x in 0..<image.width {
        both[x, y] = (0..<5).reduce(Float(0)) { $0 + taps[$1] / sum * across.ink(x, y + $1 - 2) }
      }
    }
    return both
  }

  private enum Crossing: CaseIterable { case ink, gap, inversion }

  /// One to three parallel lines, or bands, anywhere and at any angle.
  private static func crossed(_ image: InkImage, _ random: inout RandomSource) -> InkImage {
    var changed = image
    let kind = Crossing.allCases[random.index(below: Crossing.allCases.count)]
    // Half of them lie straight, as rulings and the faults of scanners do.
    let isStraight = random.index(below: 2) == 0
    let angle =
      isStraight ? Float(random.index(below: 2)) * .pi / 2 : random.unitFloat() * .pi
    let width = 0.6 + 2.9 * random.unitFloat()
    let ink = 0.4 + 0.6 * random.unitFloat()
    for _ in 0...random.index(below: 3) {
      var line = InkImage(height: image.height, width: image.width)
      let point = InkImage.Point(
        random.unitFloat() * Float(image.width), random.unitFloat() * Float(image.height))
      line.line(through: point, angle: angle, width: width, ink: ink)
      for index in changed.pixels.indices {
        let (old, mark) = (changed.pixels[index], line.pixels[index])
        changed.pixels[index] =
          switch kind {
          case .ink: max(old, mark)
          case .gap: old * (1 - mark)
          case .inversion: old + mark * (1 - 2 * old)
          }
      }
    }
    return changed
  }

  /// Independent in every pixel, nearly normal, and cut off where ink ends.
  package static func noisy(
    _ image: InkImage, deviation: Float, _ random: inout RandomSource
  ) -> InkImage {
    var changed = image
    for index in changed.pixels.indices {
      // The sum of four uniform numbers, of which each has a variance of 1/12.
      let bits = random.next()
      let sum = (0..<4).reduce(Float(0)) { $0 + Float(bits >> (16 * UInt64($1)) & 0xFFFF) }
      let normal = (sum / 65_536 - 2) * Float(3).squareRoot()
      changed.pixels[index] = min(max(changed.pixels[index] + normal * deviation, 0), 1)
    }
    return changed
  }
}
