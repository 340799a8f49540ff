import DigitModel

// Networks of ours: the best reading for the fewest operations. They have no other recipe than
// ours to be compared by, so the reference is ours without what is costly or unusual.
extension Zoo {
  /// At most 3 million operations an image.
  static let compact = Architecture(
    network: small("compact", filters: [24, 32, 48, 64]),
    reference: .reference(epochs: 12, batch: 32), house: .full(epochs: 40))

  /// At most one million operations an image.
  static let tiny = Architecture(
    network: small("tiny", filters: [12, 16, 32, 32]),
    reference: .reference(epochs: 12, batch: 32), house: .full(epochs: 40))

  /// A wide first stride, then three convolutions on small maps.
  private static func small(_ name: String, filters: [Int]) -> Network {
    var network = Network(
      name: name,
      layers: [
        normalized(filters: filters[0], kernel: 5, stride: 2),
        normalized(filters: filters[1], kernel: 3),
        [.pooling(Pooling(.maximum, size: 2))],
        normalized(filters: filters[2], kernel: 3, padding: 1),
        normalized(filters: filters[3], kernel: 3),
        [.flatten, .dense(Dense(units: 10, activation: .softmax))],
      ].flatMap { $0 })
    // The mean and deviation of the training images.
    network.input.mean = 0.1307
    network.input.standardDeviation = 0.3081
    return network
  }
}
