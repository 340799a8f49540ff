/// Random changes of an image.
package struct Augmentation: Equatable, Sendable {
  // Small ones, each drawn uniformly from −limit…limit.
  package var rotationDegrees: Float = 0
  package var shiftPixels: Float = 0
  /// 0.1 is ten per cent larger or smaller.
  package var scale: Float = 0
  /// By how many pixels a row one pixel higher moves sideways.
  package var shear: Float = 0
  /// The standard deviation of an `ElasticField`'s nodes, in pixels.
  package var elasticPixels: Float = 0

  // Large ones, each made to a fraction of the images, 0…1.
  /// Of each `StyleChange`.
  package var style: Float = 0
  /// Of a shift by up to `farShiftPixelsMax`, as far as no ink leaves the image.
  package var farShift: Float = 0
  /// Of images in whose place there is an `Outlier`, of which nothing is to be said.
  package var outliers: Float = 0

  package static let farShiftPixelsMax = 6

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

  /// Whether there are other than small changes.
  var isLarge: Bool { style > 0 || farShift > 0 || outliers > 0 }

  /// The small changes alone.
  package var small: Augmentation {
    Augmentation(
      rotationDegrees: rotationDegrees, shiftPixels: shiftPixels, scale: scale, shear: shear,
      elasticPixels: elasticPixels)
  }

  /// The limits of small changes halved; of the large ones there are as many.
  package var halved: Augmentation {
    var half = self
    half.rotationDegrees /= 2
    half.shiftPixels /= 2
    half.scale /= 2
    half.shear /= 2
    half.elasticPixels /= 2
    return half
  }
}

extension Augmentation: Codable {
  private enum Key: String, CodingKey {
    case rotationDegrees, shiftPixels, scale, shear, elasticPixels, style, farShift, outliers
  }

  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Key.self)
    rotationDegrees = try fields.decode(Float.self, forKey: .rotationDegrees)
    shiftPixels = try fields.decode(Float.self, forKey: .shiftPixels)
    scale = try fields.decode(Float.self, forKey: .scale)
    shear = try fields.decode(Float.self, forKey: .shear)
    elasticPixels = try fields.decode(Float.self, forKey: .elasticPixels)
    style = try fields.decodeIfPresent(Float.self, forKey: .style) ?? 0
    farShift = try fields.decodeIfPresent(Float.self, forKey: .farShift) ?? 0
    outliers = try fields.decodeIfPresent(Float.self, forKey: .outliers) ?? 0
  }

  /// Cards and checkpoints of trainings without large changes are as they always were.
  package func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Key.self)
    try fields.encode(rotationDegrees, forKey: .rotationDegrees)
    try fields.encode(shiftPixels, forKey: .shiftPixels)
    try fields.encode(scale, forKey: .scale)
    try fields.encode(shear, forKey: .shear)
    try fields.encode(elasticPixels, forKey: .elasticPixels)
    for (fraction, key) in [(style, Key.style), (farShift, .farShift), (outliers, .outliers)]
    where fraction != 0 {
      try fields.encode(fraction, forKey: key)
    }
  }
}
