/// One digit as MNIST shows it: 28 × 28, its larger side 20, its centre of mass in the middle.
///
/// LeCun, Bottou, Bengio and Haffner, "Gradient-Based Learning Applied to Document Recognition",
/// Proceedings of the IEEE 86(11), 1998, section III.A.
func standardDigit(_ group: Group, ink: Plane) -> [UInt8] {
  let canvas = thickened(canvas(group, ink: ink))
  let small = canvas.resized(width: Standard.boxSide, height: Standard.boxSide)
  return centered(small)
}

private enum Standard {
  static let side = 28
  static let boxSide = 20
  /// The digit at a size at which strokes can be measured: a multiple of the box.
  static let canvasSide = 120
  /// Where MNIST's images have their centre of mass: in the middle of pixel 14.
  static let middle: Float = 14.5
  /// The thinnest stroke, in pixels of the canvas: about a tenth of the height.
  static let thinnest: Float = 12
}

/// The group's ink at the canvas's size, its larger side filling it, from 0 to 1.
private func canvas(_ group: Group, ink: Plane) -> Plane {
  let area = group.bounds.grown(by: 2)
  var part = Plane(width: area.width, height: area.height)
  let isOurs = group.mask(in: area, width: ink.width).maximum(radius: 1)
  let strong = group.pieces.flatMap { piece in piece.pixels.map { ink.values[$0] } }.sorted()
  let full = strong[strong.count * 3 / 4]
  let crop = ink.cropped(to: area)
  for index in part.values.indices where isOurs.values[index] > 0 {
    part.values[index] = crop.values[index] / full
  }
  // Grown while still soft, so that edges lie between pixels; then made sharp.
  let side = Double(group.bounds.side) / Double(Standard.canvasSide)
  let grown = part.resized(
    width: max(1, Int((Double(area.width) / side).rounded())),
    height: max(1, Int((Double(area.height) / side).rounded())))
  var sharp = grown
  sharp.values = grown.values.map { min(1, max(0, ($0 - 0.25) * 2)) }
  return fitted(sharp)
}

/// Cut to what is ink and made square.
private func fitted(_ plane: Plane) -> Plane {
  let bounds = plane.inkBounds
  let side = bounds.side
  let left = bounds.left - (side - bounds.width) / 2
  let top = bounds.top - (side - bounds.height) / 2
  return plane.cropped(
    to: Rectangle(left: left, top: top, right: left + side, bottom: top + side)
  ).resized(width: Standard.canvasSide, height: Standard.canvasSide)
}

extension Plane {
  /// What holds everything at least half ink; everything where nothing is.
  fileprivate var inkBounds: Rectangle {
    var bounds = Rectangle(left: width, top: height, right: 0, bottom: 0)
    for y in 0..<height {
      for x in 0..<width where self[x, y] >= 0.5 {
        bounds = bounds.union(Rectangle(left: x, top: y, right: x + 1, bottom: y + 1))
      }
    }
    return bounds.width > 0 ? bounds : Rectangle(left: 0, top: 0, right: width, bottom: height)
  }

  /// The mean thickness of strokes: twice their area for their outline.
  var strokeWidth: Float {
    let length = outlineLength(level: 0.5)
    return length == 0 ? 0 : 2 * Float(values.count { $0 >= 0.5 }) / length
  }

  /// The length of the edges of what is at least `level`; a slanted edge has 4/π as many pixel
  /// sides on average as it is long.
  func outlineLength(level: Float) -> Float {
    var sides = 0
    for y in 0..<height {
      for x in 0..<width where self[x, y] >= level {
        for (nextX, nextY) in [(x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)] {
          let isInside = nextX >= 0 && nextY >= 0 && nextX < width && nextY < height
          if !isInside || self[nextX, nextY] < level { sides += 1 }
        }
      }
    }
    return Float(sides) * .pi / 4
  }

  /// Every pixel as strong as the strongest within a disc.
  fileprivate func dilated(radius: Float) -> Plane {
    let reach = Int(radius.rounded(.up))
    var offsets: [(x: Int, y: Int)] = []
    for y in -reach...reach {
      for x in -reach...reach where Float(x * x + y * y) <= radius * radius {
        offsets.append((x, y))
      }
    }
    var result = self
    for y in 0..<height {
      for x in 0..<width where self[x, y] > 0 {
        for offset in offsets {
          let (nextX, nextY) = (x + offset.x, y + offset.y)
          guard nextX >= 0, nextY >= 0, nextX < width, nextY < height else { continue }
          result[nextX, nextY] = max(result[nextX, nextY], self[x, y])
        }
      }
    }
    return result
  }
}

/// Strokes brought to the least thickness, within the same box.
private func thickened(_ canvas: Plane) -> Plane {
  let missing = Standard.thinnest - canvas.strokeWidth
  guard missing > 1 else { return canvas }
  let margin = Int((missing / 2).rounded(.up))
  let wide = canvas.cropped(
    to: Rectangle(left: 0, top: 0, right: canvas.width, bottom: canvas.height).grown(by: margin))
  return fitted(wide.dilated(radius: missing / 2))
}

/// Divided by its maximum and put into 28 × 28, the centre of mass where MNIST has it, as nearly as
/// whole pixels allow and the box fits.
private func centered(_ box: Plane) -> [UInt8] {
  let peak = max(box.values.max() ?? 0, .leastNormalMagnitude)
  var (mass, sumX, sumY): (Float, Float, Float) = (0, 0, 0)
  for y in 0..<box.height {
    for x in 0..<box.width {
      mass += box[x, y]
      sumX += box[x, y] * (Float(x) + 0.5)
      sumY += box[x, y] * (Float(y) + 0.5)
    }
  }
  let room = Standard.side - Standard.boxSide
  let middle = Standard.middle
  let left = min(room, max(0, Int((middle - sumX / max(mass, 1e-6)).rounded())))
  let top = min(room, max(0, Int((middle - sumY / max(mass, 1e-6)).rounded())))
  var pixels = [UInt8](repeating: 0, count: Standard.side * Standard.side)
  for y in 0..<box.height {
    for x in 0..<box.width {
      let level = (255 * box[x, y] / peak).rounded()
      pixels[(top + y) * Standard.side + left + x] = UInt8(level)
    }
  }
  return pixels
}

extension Group {
  /// 1 where the group has ink, over a rectangle of a plane of this width.
  fileprivate func mask(in area: Rectangle, width: Int) -> Plane {
    var mask = Plane(width: area.width, height: area.height)
    for pixel in pieces.lazy.flatMap(\.pixels) {
      mask[pixel % width - area.left, pixel / width - area.top] = 1
    }
    return mask
  }
}
