/// Small random changes of an image, each drawn uniformly from −limit…limit.
package struct Augmentation: Codable, Equatable, Sendable {
  package var rotationDegrees: Float = 0
  package var shiftPixels: Float = 0
  /// 0.1 is ten per cent larger or smaller.
  package var scale: Float = 0
  /// By how many pixels a row one pixel higher moves sideways.
  package var shear: Float = 0
  /// The standard deviation of an `ElasticField`'s nodes, in pixels.
  package var elasticPixels: Float = 0

  package init(
    rotationDegrees: Float = 0, shiftPixels: Float = 0, scale: Float = 0, shear: Float = 0,
    elasticPixels: Float = 0
  ) {
    self.rotationDegrees = rotationDegrees
    self.shiftPixels = shiftPixels
    self.scale = scale
    self.shear = shear
    self.elasticPixels = elasticPixels
  }

  package static let none = Augmentation()

  /// All limits halved.
  package var halved: Augmentation {
    Augmentation(
      rotationDegrees: rotationDegrees / 2, shiftPixels: shiftPixels / 2, scale: scale / 2,
      shear: shear / 2, elasticPixels: elasticPixels / 2)
  }
}
