/// Whether a reader is right as often as it is sure to be.
///
/// Images are sorted into 15 bins of equal width by the probability of what was read. The expected
/// calibration error is the mean distance between a bin's accuracy and its mean confidence,
/// weighted by the bin's images (C. Guo et al., "On Calibration of Modern Neural Networks", 2017,
/// equation 3).
package struct Calibration: Equatable, Sendable {
  package struct Bin: Equatable, Sendable {
    /// Confidences above `lower` and up to `upper`.
    package let lower: Double
    package let upper: Double
    package let imageCount: Int
    /// Nil where the bin is empty.
    package let confidence: Double?
    package let accuracy: Double?
  }

  package let bins: [Bin]
  package let expectedError: Double
  package let meanConfidence: Double

  private static let binCount = 15

  package init(_ evaluation: Evaluation) {
    var images = Array(repeating: 0, count: Self.binCount)
    var right = images
    var sums = Array(repeating: 0.0, count: Self.binCount)
    for (index, confidence) in evaluation.confidences.enumerated() {
      // A network whose scores overflow gives no number: that is no confidence.
      let confidence = confidence.isFinite ? Double(confidence) : 0
      let number = Int((confidence * Double(Self.binCount)).rounded(.up)) - 1
      let bin = min(max(number, 0), Self.binCount - 1)
      images[bin] += 1
      sums[bin] += confidence
      if evaluation.isRight(index) { right[bin] += 1 }
    }
    bins = images.indices.map { bin in
      let count = Double(images[bin])
      return Bin(
        lower: Double(bin) / Double(Self.binCount),
        upper: Double(bin + 1) / Double(Self.binCount), imageCount: images[bin],
        confidence: count > 0 ? sums[bin] / count : nil,
        accuracy: count > 0 ? Double(right[bin]) / count : nil)
    }
    let total = Double(evaluation.imageCount)
    expectedError = images.indices.reduce(0) { $0 + abs(Double(right[$1]) - sums[$1]) / total }
    meanConfidence = sums.reduce(0, +) / total
  }
}
