import DigitModel

/// An architecture that is known by name, with the recipe it is trained by unless told otherwise.
package struct Architecture: Sendable {
  package var network: Network
  package var recipe: Recipe

  package var name: String { network.name }
}

/// The architectures that ship. Adding one is adding its description here.
package enum Zoo {
  package static let all: [Architecture] = [mlp, cnn28]

  package static func architecture(named name: String) -> Architecture? {
    all.first { $0.name == name }
  }

  /// Two small dense layers, and sigmoid scores.
  private static let mlp = Architecture(
    network: Network(
      name: "mlp-50-50",
      layers: [
        .flatten,
        .dense(Dense(units: 50, activation: .relu)),
        .dense(Dense(units: 50, activation: .relu)),
        .dense(Dense(units: 10, activation: .sigmoid)),
      ]),
    recipe: {
      var recipe = Recipe(epochs: 40, batch: 64, learningRate: 0.004)
      recipe.augmentation = Augmentation(rotationDegrees: 7.5, shiftPixels: 1, scale: 0.08)
      return recipe
    }())

  /// One convolution and one hidden layer.
  private static let cnn28 = Architecture(
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
    recipe: {
      var recipe = Recipe(epochs: 20, batch: 64, learningRate: 0.0015)
      recipe.augmentation = Augmentation(rotationDegrees: 7.5, shiftPixels: 1, scale: 0.08)
      return recipe
    }())
}
