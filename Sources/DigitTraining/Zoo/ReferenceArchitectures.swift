import DigitModel

// The five systems that others published, each with its own recipe and with ours.
extension Zoo {
  /// Two small dense layers, and sigmoid scores.
  static let mlp = Architecture(
    network: Network(
      name: "mlp-50-50",
      layers: [
        .flatten,
        .dense(Dense(units: 50, activation: .relu)),
        .dense(Dense(units: 50, activation: .relu)),
        .dense(Dense(units: 10, activation: .sigmoid)),
      ]),
    reference: .reference(epochs: 15, batch: 32),
    house: .light(epochs: 40, batch: 64, learningRate: 0.004), publishedAccuracy: 0.9660)

  /// One convolution and one hidden layer.
  static let cnn28 = Architecture(
    network: Network(
      name: "cnn-28",
      layers: [
        .convolution(Convolution(filters: 28, kernel: 3)),
        .pooling(Pooling(.maximum, size: 2)),
        .flatten,
        .dense(Dense(units: 128, activation: .relu)),
        .dropout(rate: 0.2),
        .dense(Dense(units: 10, activation: .softmax)),
      ]),
    reference: .reference(epochs: 10, batch: 32),
    house: .light(epochs: 20, batch: 64, learningRate: 0.0015).conditioned,
    publishedAccuracy: 0.9844)

  /// Two convolutions and one hidden layer.
  static let cnn3264 = Architecture(
    network: Network(
      name: "cnn-32-64",
      layers: [
        .convolution(Convolution(filters: 32, kernel: 3, activation: .relu)),
        .convolution(Convolution(filters: 64, kernel: 3, activation: .relu)),
        .pooling(Pooling(.maximum, size: 2)),
        .dropout(rate: 0.2),
        .flatten,
        .dropout(rate: 0.2),
        .dense(Dense(units: 128, activation: .relu)),
        .dense(Dense(units: 10, activation: .softmax)),
      ]),
    reference: .reference(epochs: 12, batch: 32),
    house: .full(epochs: 20, learningRate: 0.0015).conditioned,
    publishedAccuracy: 0.9886)

  /// The same with tanh in the hidden layer. Its rates of dropout are not known; these are usual.
  static let cnn3264tanh = Architecture(
    network: Network(
      name: "cnn-32-64-tanh",
      layers: [
        .convolution(Convolution(filters: 32, kernel: 3, activation: .relu)),
        .convolution(Convolution(filters: 64, kernel: 3, activation: .relu)),
        .pooling(Pooling(.maximum, size: 2)),
        .dropout(rate: 0.25),
        .flatten,
        .dense(Dense(units: 128, activation: .tanh)),
        .dropout(rate: 0.5),
        .dense(Dense(units: 10, activation: .softmax)),
      ]),
    reference: .reference(epochs: 12, batch: 128),
    house: .full(epochs: 20, learningRate: 0.0015).conditioned,
    publishedAccuracy: 0.9246)

  /// Two pairs of convolutions with batch normalization, after Simonyan and Zisserman's VGG.
  static let cnnVGG = Architecture(
    network: Network(
      name: "cnn-vgg-bn",
      layers: [
        normalized(filters: 32, kernel: 3), normalized(filters: 32, kernel: 3),
        [.pooling(Pooling(.maximum, size: 2))],
        normalized(filters: 64, kernel: 3), normalized(filters: 64, kernel: 3),
        [
          .pooling(Pooling(.maximum, size: 2)), .flatten, .dense(Dense(units: 512)),
          .batchNormalization(epsilon: 0.001), .activation(.relu), .dropout(rate: 0.2),
          .dense(Dense(units: 10, activation: .softmax)),
        ],
      ].flatMap { $0 }),
    reference: {
      var recipe = Recipe.reference(epochs: 15, batch: 64)
      recipe.augmentation = Augmentation(
        rotationDegrees: 8, shiftPixels: 0.08 * 28, scale: 0.08)
      return recipe
    }(), house: .full(epochs: 20).conditioned, publishedAccuracy: 0.9932)

  /// A convolution, batch normalization and ReLU.
  static func normalized(
    filters: Int, kernel: Int, stride: Int = 1, padding: Int = 0
  ) -> [Layer] {
    [
      .convolution(
        Convolution(filters: filters, kernel: kernel, stride: stride, padding: padding)),
      .batchNormalization(epsilon: 0.001), .activation(.relu),
    ]
  }
}
