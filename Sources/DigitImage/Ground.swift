/// What a digit is written on: its light changes slowly over the picture.
enum Ground {
  /// At most so many pixels a side when the ground is estimated.
  private static let sideMax = 96

  /// Whether the ink is darker than its ground: the ground is what a smooth surface through the
  /// border's levels fits, and the ink is the tail that lies further from it. Thin strokes are
  /// less than the wider tail and mix with the ground where the picture is reduced; then it is the
  /// narrower tail of the whole picture that tells. What is light and wider than any stroke is a
  /// sheet on a dark desk, and the ink is on it.
  static func inkIsDark(in levels: Plane) -> Bool {
    let small = reduced(levels, side: 64)
    let surface = QuadraticSurface(fitting: small)
    let residual = surface.residual(of: small)
    let wide = residual.tails(0.004)
    if max(wide.dark, wide.light) >= 5 {
      return wide.dark >= wide.light || residual.isSheet(above: wide.light / 2)
    }
    let narrow = surface.residual(of: levels).tails(0.0005)
    return narrow.dark >= narrow.light
  }

  /// The level of the ground at each pixel where the ground is lighter than the ink: everything
  /// dark that is narrower than 2/5 of the shorter side is filled with what surrounds it
  /// (a morphological closing).
  static func lightest(of levels: Plane) -> Plane {
    let small = reduced(levels, side: sideMax)
    let radius = max(2, min(small.width, small.height) / 5)
    return small.maximum(radius: radius).minimum(radius: radius)
      .mean(radius: max(1, radius / 4))
      .resized(width: levels.width, height: levels.height)
  }

  private static func reduced(_ levels: Plane, side: Int) -> Plane {
    let scale = min(1, Double(side) / Double(min(levels.width, levels.height)))
    return levels.resized(
      width: max(1, Int(Double(levels.width) * scale)),
      height: max(1, Int(Double(levels.height) * scale)))
  }
}

/// level ≈ a + bx + cy + dx² + exy + fy², with x and y from −1 to 1.
struct QuadraticSurface {
  private typealias Terms = SIMD8<Double>

  private var coefficients = Terms.zero

  private static let passes = 8

  /// Fits the plane's values by least squares, again and again with less weight for what lies far
  /// off (Tukey's biweight), first from the middle level of the border, which is ground.
  init(fitting plane: Plane) {
    let (width, height) = (plane.width, plane.height)
    let margin = max(1, min(width, height) / 10)
    var weights = plane.values.map { _ in 0.05 }
    for y in 0..<height {
      for x in 0..<width
      where x < margin || y < margin || x >= width - margin || y >= height - margin {
        weights[y * width + x] = 1
      }
    }
    let middle = weightedMedian(plane.values.map(Double.init), weights)
    var distances = plane.values.map { abs(Double($0) - middle) }
    for _ in 0..<Self.passes {
      let scale = max(1, 1.5 * weightedMedian(distances, weights))
      solve(
        plane,
        zip(distances, weights).map { distance, weight in
          let ratio = distance / (4 * scale)
          return ratio < 1 ? weight * (1 - ratio * ratio) * (1 - ratio * ratio) : 1e-6
        })
      distances = residual(of: plane).values.map { abs(Double($0)) }
    }
  }

  /// What the plane, of any size, has beyond the surface.
  func residual(of plane: Plane) -> Plane {
    var result = plane
    for y in 0..<plane.height {
      for x in 0..<plane.width {
        result[x, y] -= Float((coefficients * terms(x, y, plane)).sum())
      }
    }
    return result
  }

  private func terms(_ x: Int, _ y: Int, _ plane: Plane) -> Terms {
    let u = 2 * (Double(x) + 0.5) / Double(plane.width) - 1
    let v = 2 * (Double(y) + 0.5) / Double(plane.height) - 1
    return [1, u, v, u * u, u * v, v * v, 0, 0]
  }

  private mutating func solve(_ plane: Plane, _ weights: [Double]) {
    var sums = [Terms](repeating: .zero, count: 6)
    var right = [Double](repeating: 0, count: 6)
    for y in 0..<plane.height {
      for x in 0..<plane.width {
        let terms = terms(x, y, plane)
        let weighted = weights[y * plane.width + x] * terms
        for row in 0..<6 {
          sums[row] += weighted[row] * terms
          right[row] += weighted[row] * Double(plane[x, y])
        }
      }
    }
    // A trace of ridge: a picture one pixel high leaves terms undetermined.
    for row in 0..<6 { sums[row][row] += 1e-6 }
    let solution = eliminate((0..<6).map { row in (0..<6).map { sums[row][$0] } + [right[row]] })
    for row in 0..<6 { coefficients[row] = solution[row] }
  }
}

extension Plane {
  /// Whether what is above a level is somewhere as wide and as tall as two fifths of the longer
  /// side, as no stroke is.
  fileprivate func isSheet(above level: Float) -> Bool {
    let isAbove = Plane(width: width, height: height, values: values.map { $0 > level ? 1 : 0 })
    return isAbove.minimum(radius: max(2, max(width, height) / 5)).values.contains(1)
  }

  /// How far the darkest and the lightest values lie from zero, without this fraction of them.
  fileprivate func tails(_ fraction: Double) -> (dark: Float, light: Float) {
    let sorted = values.sorted()
    let outside = Int(fraction * Double(sorted.count))
    return (-sorted[outside], sorted[sorted.count - 1 - outside])
  }
}

/// Solves six equations, each its coefficients and its right side, by Gauss and Jordan.
private func eliminate(_ equations: [[Double]]) -> [Double] {
  var rows = equations
  for pivot in rows.indices {
    let best = (pivot..<rows.count).max { abs(rows[$0][pivot]) < abs(rows[$1][pivot]) } ?? pivot
    rows.swapAt(pivot, best)
    for row in rows.indices where row != pivot {
      let factor = rows[row][pivot] / rows[pivot][pivot]
      for column in pivot..<rows[row].count { rows[row][column] -= factor * rows[pivot][column] }
    }
  }
  return rows.indices.map { rows[$0][rows.count] / rows[$0][$0] }
}

private func weightedMedian(_ values: [Double], _ weights: [Double]) -> Double {
  let order = values.indices.sorted { values[$0] < values[$1] }
  let half = weights.reduce(0, +) / 2
  var sum = 0.0
  for index in order {
    sum += weights[index]
    if sum >= half { return values[index] }
  }
  return 0
}
