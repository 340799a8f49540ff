/// How much of each place of a picture is ink: 0 bare ground, 1 as strong as ink can be.
struct InkMap {
  let ink: Plane
  /// Working pixels for each pixel of the picture.
  let scale: Double

  /// At which size digits are looked for: large pictures shrink to so many pixels, and small
  /// ones grow until their shorter side is as long.
  private static let pixelCount = 512 * 512
  private static let leastSide = 112

  init(_ image: GrayImage) {
    let area = Double(image.width * image.height)
    let least = Double(Self.leastSide) / Double(min(image.width, image.height))
    let most = (Double(Self.pixelCount) / area).squareRoot()
    scale = min(most, max(1, least))
    var levels = Plane(image)
    if scale != 1 {
      levels = levels.resized(
        width: max(1, Int(Double(image.width) * scale)),
        height: max(1, Int(Double(image.height) * scale)))
    }
    levels = levels.smoothed
    ink = Ground.inkIsDark(in: levels) ? darkInk(levels) : lightInk(levels)
  }
}

/// The part of the ground's light that a place swallows, which no shadow changes.
private func darkInk(_ levels: Plane) -> Plane {
  levels.combined(with: Ground.lightest(of: levels)) { level, ground in
    max(0, ground - level) / max(ground, 40)
  }
}

private func lightInk(_ levels: Plane) -> Plane {
  let turned = Plane(
    width: levels.width, height: levels.height, values: levels.values.map { 255 - $0 })
  return turned.combined(with: Ground.lightest(of: turned)) { level, ground in
    max(0, ground - level) / 255
  }
}
