import DigitWire

/// The server's answer about one batch of images.
public struct Prediction: Sendable {
  public let model: String
  public let modelVersion: UInt32
  /// The numbers that the answer was computed with.
  public let precision: Precision
  /// The longest that any of the images waited for a worker, in the server.
  public let serverQueue: Duration
  /// The longest that the network ran for any of the images.
  public let serverCompute: Duration
  /// One answer for each image, in the order in which they were sent.
  public let images: Images

  /// The answers, stored flat: two arrays however many images there are.
  public struct Images: RandomAccessCollection, Sendable {
    let returns: ReturnKind
    /// The model's names of its classes, in class order.
    public let classNames: [String]
    /// count × 1 for top-1, count × classes for probabilities.
    let probabilities: [Float]
    let labels: [UInt16]

    public var startIndex: Int { 0 }
    public var endIndex: Int { labels.count }

    public subscript(index: Int) -> ImagePrediction {
      let label = Int(labels[index])
      let first = index * classNames.count
      let all: ArraySlice<Float> =
        switch returns {
        case .topOne: []
        case .probabilities: probabilities[first..<first + classNames.count]
        }
      return ImagePrediction(
        label: label, name: classNames[label],
        probability: all.isEmpty ? probabilities[index] : all[all.startIndex + label],
        probabilities: all)
    }
  }
}

/// What one image shows.
public struct ImagePrediction: Sendable {
  /// The most probable class, from 0.
  public let label: Int
  /// The model's name of that class.
  public let name: String
  /// The probability of that class, 0…1.
  public let probability: Float
  /// The probability of every class in class order; empty unless they were asked for.
  public let probabilities: ArraySlice<Float>
}
