/// How much of each pixel of a picture is ink: 0 bare ground, 1 as strong as ink can be.
struct InkMap {
  let ink: Plane
  /// Working pixels for each pixel of the picture.
  let scale: Double

  /// At which size digits are looked for: large pictures shrink to so many pixels, and small
  /// ones grow until their shorter side is as long.
  private static let pixelCount = 512 * 512
  private static let leastSide = 112

  /// What a picture may show, the likelier first: where it has two levels, one of them is taken as
  /// the ground everywhere; otherwise, and where that finds no digit, the ground is what surrounds
  /// each pixel.
  static func candidates(_ image: GrayImage) -> some Sequence<InkMap> {
    let twoLevels = TwoLevels(image)
    let choices: [TwoLevels?] = twoLevels == nil ? [nil] : [twoLevels, nil]
    return choices.lazy.map { InkMap(image, twoLevels: $0) }
  }

  private init(_ image: GrayImage, twoLevels: TwoLevels?) {
    let area = Double(image.width * image.height)
    let least = Double(Self.leastSide) / Double(min(image.width, image.height))
    let most = (Double(Self.pixelCount) / area).squareRoot()
    scale = min(most, max(1, least))
    let levels = Plane(
      image, width: max(1, Int(Double(image.width) * scale)),
      height: max(1, Int(Double(image.height) * scale))
    ).smoothed
    if let twoLevels {
      let ground = twoLevels.ground
      ink = twoLevels.inkIsDark ? darkInk(levels, ground) : lightInk(levels, ground)
    } else {
      ink = Ground.inkIsDark(in: levels) ? darkInk(levels) : lightInk(levels)
    }
  }
}

/// The part of the ground's light that a pixel swallows, which no shadow changes.
///
/// - Parameter least: the ground's level where ink is too wide to show what surrounds it.
private func darkInk(_ levels: Plane, _ least: Float = 0) -> Plane {
  levels.combined(with: Ground.lightest(of: levels)) { level, ground in
    max(0, max(ground, least) - level) / max(ground, least, 40)
  }
}

private func lightInk(_ levels: Plane, _ most: Float = 255) -> Plane {
  let turned = Plane(
    width: levels.width, height: levels.height, values: levels.values.map { 255 - $0 })
  return turned.combined(with: Ground.lightest(of: turned)) { level, ground in
    max(0, max(ground, 255 - most) - level) / 255
  }
}
