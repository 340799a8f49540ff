import DigitEvaluation
import DigitFiles
import PlainText

/// What a person probably overlooked in images of their own.
package enum DataHint: Equatable, CustomStringConvertible {
  /// No pixel is above 1, where 255 is full ink.
  case pixelsUpToOne
  /// Much more is read right with rows and columns exchanged.
  case transposed(accuracy: Double, imageCount: Int, asStored: Double)

  /// What the images alone show.
  package init?(_ images: ImageSet) {
    guard images.pixels.contains(1), images.pixels.allSatisfy({ $0 <= 1 }) else { return nil }
    self = .pixelsUpToOne
  }

  /// - Parameters:
  ///   - stored: how the sample was read as it is.
  ///   - transposed: how its `orientationSample` was read.
  package init?(stored: Score, transposed: Score) {
    guard transposed.accuracy > 0.5, transposed.accuracy > stored.accuracy + 0.2 else { return nil }
    self = .transposed(
      accuracy: transposed.accuracy, imageCount: transposed.imageCount,
      asStored: stored.accuracy)
  }

  package var description: String {
    switch self {
    case .pixelsUpToOne:
      "all pixels are 0 or 1, where 255 is full ink: multiply them by 255"
    case .transposed(let accuracy, let count, let stored):
      "\(percent(accuracy)) of the first \(count) images are right with rows and columns "
        + "exchanged, \(percent(stored)) as stored: the file may be transposed, as EMNIST's are"
    }
  }
}

extension ImageSet {
  private static let sampleCountMax = 500

  /// The first images, transposed, for a set that was read so badly that it may need it; nil where
  /// it was not.
  package func orientationSample(after score: Score) -> ImageSet? {
    guard rows == columns, score.imageCount >= 20, score.accuracy < 0.8 else { return nil }
    return prefix(Self.sampleCountMax).transposed
  }

  package var transposed: ImageSet {
    let pixels = (0..<count).flatMap { index in
      let image = Array(image(index))
      return (0..<columns).flatMap { column in (0..<rows).map { image[$0 * columns + column] } }
    }
    return ImageSet(rows: columns, columns: rows, pixels: pixels, labels: labels)
  }
}
