/// What one epoch came to.
package struct EpochRecord: Codable, Equatable, Sendable {
  /// From 1.
  package var epoch: Int
  /// Of the epoch's last step.
  package var learningRate: Double
  /// Mean over the epoch's images as they passed, augmentation and dropout included.
  package var trainingLoss: Double
  package var trainingAccuracy: Double
  /// After the epoch, on images that were held out.
  package var validationLoss: Double?
  package var validationAccuracy: Double?
  /// Of the training itself, without validation.
  package var seconds: Double
  package var imageCount: Int

  package init(
    epoch: Int, learningRate: Double, trainingLoss: Double, trainingAccuracy: Double,
    validationLoss: Double? = nil, validationAccuracy: Double? = nil, seconds: Double,
    imageCount: Int
  ) {
    self.epoch = epoch
    self.learningRate = learningRate
    self.trainingLoss = trainingLoss
    self.trainingAccuracy = trainingAccuracy
    self.validationLoss = validationLoss
    self.validationAccuracy = validationAccuracy
    self.seconds = seconds
    self.imageCount = imageCount
  }

  package var imagesPerSecond: Double { Double(imageCount) / seconds }
}

/// The epochs of one training, in order.
package struct TrainingLog: Codable, Equatable, Sendable {
  package var epochs: [EpochRecord] = []

  package init() {}

  package var seconds: Double { epochs.reduce(0) { $0 + $1.seconds } }

  /// One line for each epoch under a line of names; empty fields where nothing was held out.
  package var csv: String {
    let rows = epochs.map { record in
      let fields: [Double?] = [
        record.learningRate, record.trainingLoss, record.trainingAccuracy, record.validationLoss,
        record.validationAccuracy, record.seconds, record.imagesPerSecond,
      ]
      return "\(record.epoch)," + fields.map { $0.map { "\($0)" } ?? "" }.joined(separator: ",")
    }
    return ([Self.csvNames.joined(separator: ",")] + rows).joined(separator: "\n") + "\n"
  }
}
