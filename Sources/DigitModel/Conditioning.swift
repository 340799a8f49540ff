/// What is done to an image before a network sees it.
package enum Conditioning: String, Codable, CaseIterable, Sendable {
  case none
  /// The ground becomes 0 and the digit 1, however bright each is and whichever is darker: a
  /// network that was trained on MNIST then reads faint, bright and inverted digits too.
  case contrast
}

/// How one image's contrast is mended: ink becomes (ink − ground) / range, clamped to 0…1.
///
/// The ground is the median of the frame, where MNIST has no ink. The digit is the 98th percentile
/// of all pixels, or the second where that is farther from the ground: dark ink on light.
package struct ContrastLine: Equatable, Sendable {
  /// 0…1.
  package let ground: Float
  /// From the ground to the digit; negative where the digit is the darker.
  package let range: Float

  /// Less is no digit but noise, and is not drawn out to one.
  private static let rangeMin: Float = 8.0 / 255

  /// - Parameters:
  ///   - ink: The level of a pixel, 0…255, row-major. Statistics are made of whole levels, so that
  ///     bytes and floats of the same image are changed alike.
  @inline(__always)
  package init(height: Int, width: Int, level: (Int) -> Int) {
    // On the stack: a temporary allocation of this size would come from the heap.
    var memory = (Levels.Memory(repeating: 0), Levels.Memory(repeating: 0))
    (ground, range) = withUnsafeMutablePointer(to: &memory) { memory in
      let all = Levels(memory)
      let frame = Levels(UnsafeMutableRawPointer(memory) + MemoryLayout<Levels.Memory>.size)
      for pixel in 0..<height * width { all.count(level(pixel), turn: pixel) }
      for x in 0..<width {
        frame.count(level(x), turn: x)
        frame.count(level((height - 1) * width + x), turn: x + 2)
      }
      for y in 1..<max(1, height - 1) {
        frame.count(level(y * width), turn: y)
        frame.count(level(y * width + width - 1), turn: y + 2)
      }
      return Self.groundAndRange(all, frame, height: height, width: width)
    }
  }

  private static func groundAndRange(
    _ all: Levels, _ frame: Levels, height: Int, width: Int
  ) -> (ground: Float, range: Float) {
    let ground = frame.level(ofRank: (2 * width + 2 * max(0, height - 2) + 1) / 2)
    let tail = height * width * 2 / 100 + 1
    let low = all.level(ofRank: tail) - ground
    let high = all.level(ofRank: height * width - tail + 1) - ground
    return (ground, high >= -low ? max(high, rangeMin) : min(low, -rangeMin))
  }

  package func apply(_ ink: Float) -> Float { min(max((ink - ground) / range, 0), 1) }
}

extension ContrastLine {
  /// Of bytes, height × width.
  package init(bytes pixels: UnsafePointer<UInt8>, height: Int, width: Int) {
    self.init(height: height, width: width) { Int(pixels[$0]) }
  }

  /// Of floats, height × width, 0…1, of any alignment.
  package init(floats ink: UnsafeRawPointer, height: Int, width: Int) {
    self.init(height: height, width: width) {
      Self.level(of: ink.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self))
    }
  }

  @inline(__always)
  private static func level(of ink: Float) -> Int { Int(min(max(ink, 0), 1) * 255 + 0.5) }
}

/// How many pixels have each level.
///
/// Counted in turn in four tables: neighbours are often alike, and would wait for each other.
private struct Levels {
  typealias Memory = InlineArray<1024, UInt32>

  private let counts: UnsafeMutablePointer<UInt32>

  /// - Parameter memory: A `Memory` of zeros.
  @inline(__always)
  init(_ memory: UnsafeMutableRawPointer) {
    counts = memory.assumingMemoryBound(to: UInt32.self)
  }

  @inline(__always)
  func count(_ level: Int, turn: Int) { counts[(turn & 3) * 256 + level] += 1 }

  /// The level, 0…1, that so many pixels do not pass.
  func level(ofRank rank: Int) -> Float {
    var seen = 0
    for level in 0..<255 {
      let counters = counts + level
      seen += Int(counters[0] + counters[256] + counters[512] + counters[768])
      if seen >= rank { return Float(level) / 255 }
    }
    return 1
  }
}
