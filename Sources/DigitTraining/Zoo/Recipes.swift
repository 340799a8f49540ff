import DigitModel

extension Recipe {
  /// Plain Adam at its usual rate: how the reference systems were trained.
  static func reference(epochs: Int, batch: Int) -> Recipe {
    var recipe = Recipe(epochs: epochs, batch: batch, learningRate: 0.001)
    recipe.schedule = Schedule(.constant)
    return recipe
  }

  /// Adam with a cosine and light changes of the images: enough for networks without norms.
  static func light(epochs: Int, batch: Int, learningRate: Double) -> Recipe {
    var recipe = Recipe(epochs: epochs, batch: batch, learningRate: learningRate)
    recipe.augmentation = Augmentation(rotationDegrees: 7.5, shiftPixels: 1, scale: 0.08)
    return recipe
  }

  /// AdamW at a high rate with all that keeps a small normalized network from overfitting.
  /// Milder augmentation did better than stronger.
  static func full(epochs: Int, learningRate: Double = 0.003) -> Recipe {
    var recipe = Recipe(epochs: epochs, batch: 128, learningRate: learningRate)
    recipe.optimizer = .adamW(AdamW(Adam(beta2: 0.99), decay: 0.02))
    recipe.schedule = Schedule(.cosine, warmUp: 0.1)
    recipe.augmentation = Augmentation(
      rotationDegrees: 7.6, shiftPixels: 1.3, scale: 0.08, shear: 0.15, elasticPixels: 0.54)
    recipe.gentleEnd = 1.0 / 15
    recipe.labelSmoothing = 0.05
    recipe.averaging = 0.998
    recipe.initialization = .heUniform
    return recipe
  }

  /// The same for digits of other hands, pens and cameras than those of MNIST, and for pictures of
  /// no digit.
  static func varied(
    epochs: Int, style: Float = 0.15, farShift: Float = 0.2, outliers: Float = 0.08
  ) -> Recipe {
    var recipe = Recipe.full(epochs: epochs)
    recipe.augmentation.style = style
    recipe.augmentation.farShift = farShift
    recipe.augmentation.outliers = outliers
    return recipe
  }
  /// For a network that others published without conditioning, and that keeps what it learns: it
  /// reads faint, bright and inverted digits only with their contrast mended.
  var conditioned: Recipe {
    var recipe = self
    recipe.conditioning = .contrast
    return recipe
  }
}
