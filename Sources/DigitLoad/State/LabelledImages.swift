import DigitWire
import Measure

/// The images that requests are made of, and the answers expected for them.
///
/// A request's images lie one behind another even where the rotation begins anew, so that it is
/// sent from here as it lies:
///
///     | 0 | 1 | 2 | … | count−1 | 0 | 1 | … | batch−2 |
///                         └── a batch of 3 ──┘
package struct LabelledImages: Sendable {
  /// `count + batch − 1` images of 784 bytes.
  package let pixels: [UInt8]
  /// Nil where it is unknown what the images show.
  private let labels: [UInt8]?
  package let count: Int
  package let batch: Int

  /// - Parameter labels: nil where it is unknown what the images show.
  /// - Precondition: at least one image, and a label for each where there are labels.
  package init(pixels: [UInt8], labels: [UInt8]?, batch: Int) {
    let count = pixels.count / ProtocolLimits.pixelsPerImage
    precondition(count > 0 && batch > 0 && labels.map { $0.count == count } ?? true)
    precondition(pixels.count == count * ProtocolLimits.pixelsPerImage)
    self.count = count
    self.batch = batch
    let total = count + batch - 1
    self.labels = labels.map { Self.repeated($0, count: total) }
    self.pixels = Self.repeated(pixels, count: total * ProtocolLimits.pixelsPerImage)
  }

  /// The bytes of `pixels` that a request has.
  package func byteRange(from first: Int) -> Range<Int> {
    let start = first * ProtocolLimits.pixelsPerImage
    return start..<(start + batch * ProtocolLimits.pixelsPerImage)
  }

  /// How many records of a RESULT have the right label; nil where that is unknown.
  package func correctCount(from first: Int, in records: PredictResult.Records) -> Int? {
    guard let labels else { return nil }
    var correct = 0
    for index in 0..<batch
    where records.topOne(of: index).label == Int(labels[first + index]) {
      correct += 1
    }
    return correct
  }

  /// How many of the labels of a batch are right; nil where that is unknown.
  package func correctCount(from first: Int, in answers: [Int]) -> Int? {
    guard let labels else { return nil }
    return zip(answers, labels[first...]).count { $0 == Int($1) }
  }

  /// How many of `answers`, little-endian 64-bit numbers of a batch, are right; nil where that is
  /// unknown.
  func correctCount(from first: Int, in answers: ArraySlice<UInt8>) -> Int? {
    guard let labels else { return nil }
    return answers.withUnsafeBytes { bytes in
      (0..<batch).count { index in
        let label = bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self)
        return UInt64(littleEndian: label) == UInt64(labels[first + index])
      }
    }
  }

  private static func repeated(_ bytes: [UInt8], count: Int) -> [UInt8] {
    var repeated: [UInt8] = []
    repeated.reserveCapacity(count)
    while repeated.count < count { repeated += bytes.prefix(count - repeated.count) }
    return repeated
  }
}

/// Which images the next request has: all of them in turn and then from the beginning, or drawn
/// with replacement.
package struct ImageRotation {
  private let count: Int
  private let batch: Int
  private var first = 0
  private var random: SplitMix64?

  /// - Parameter share: others begin elsewhere.
  package init(
    _ images: LabelledImages, order: LoadPlan.ImageOrder = .inTurn, share: LoadShare = .init()
  ) {
    count = images.count
    batch = images.batch
    first = count * share.index / share.count
    switch order {
    case .inTurn: random = nil
    case .random(let seed): random = SplitMix64(seed: seed)
    }
  }

  /// The first image of the next request.
  package mutating func next() -> Int {
    if random != nil { return Int.random(in: 0..<count, using: &random!) }
    defer { first = (first + batch) % count }
    return first
  }
}
