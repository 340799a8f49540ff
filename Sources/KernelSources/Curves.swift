import KernelInterface

/// Applies a curve to `count` floats in place. Every lane is treated alike, so a result does not
/// depend on its index. Tanh and sigmoid of a value that is not finite are NaN: it overflowed.
@inline(never)
package func applyCurve(_ curve: Curve, _ values: UnsafeMutablePointer<Float>, count: Int) {
  var i = 0
  while i < count {
    let left = count &- i
    let x = load(UnsafePointer(values + i), count: left)
    let y =
      switch curve {
      case .relu: maximum(.zero, x)
      case .tanh: keepingNaN(hyperbolicTangent(x), of: x)
      case .sigmoid: keepingNaN(sigmoid(x), of: x)
      }
    store(y, to: values + i, count: left)
    i &+= vectorWidth
  }
}

/// `y`, or NaN where `x` is not finite: x × 0 is then NaN, and else adds nothing. (`exponential`
/// clamps its input, and would make a finite number even of NaN.)
@inline(__always)
private func keepingNaN(_ y: Vector, of x: Vector) -> Vector { multiplyAdd(y, x, .zero) }

/// Turns `count` scores into probabilities: e^(x − max) / Σ. If any score is not finite, all
/// probabilities are NaN.
@inline(never)
package func softmax(
  _ scores: UnsafePointer<Float>, _ probabilities: UnsafeMutablePointer<Float>, count: Int
) {
  let most = Vector(repeating: greatest(scores, count: count))
  var i = 0
  while i < count {
    let x = load(scores + i, count: count &- i)
    store(keepingNaN(exponential(x - most), of: x), to: probabilities + i, count: count &- i)
    i &+= vectorWidth
  }
  normalize(probabilities, probabilities, count: count)
}

/// Divides `count` scores by their sum. If any score is NaN, all results are.
@inline(never)
package func normalize(
  _ scores: UnsafePointer<Float>, _ probabilities: UnsafeMutablePointer<Float>, count: Int
) {
  var sums = Vector.zero
  var i = 0
  while i < count {
    sums += load(scores + i, count: count &- i)
    i &+= vectorWidth
  }
  let total = Vector(repeating: sum(of: sums))
  i = 0
  while i < count {
    let x = load(scores + i, count: count &- i)
    store(x / total, to: probabilities + i, count: count &- i)
    i &+= vectorWidth
  }
}

/// Of at least one score. Lanes beyond the last count as the first.
@inline(__always)
private func greatest(_ scores: UnsafePointer<Float>, count: Int) -> Float {
  let first = Vector(repeating: scores[0])
  var greatest = first
  var i = 0
  while i < count {
    let left = Vector(repeating: Float(count &- i))
    let x = load(scores + i, count: count &- i)
    greatest = maximum(x.replacing(with: first, where: Vector.laneNumbers .>= left), greatest)
    i &+= vectorWidth
  }
  return greatestLane(of: greatest)
}

/// x × scale + shift for each of `channels` channels of each of `pixels` pixels, in place.
@inline(never)
package func scaleChannels(
  _ values: UnsafeMutablePointer<Float>, pixels: Int, scale: UnsafePointer<Float>,
  shift: UnsafePointer<Float>, channels: Int
) {
  for pixel in 0..<pixels {
    let row = values + pixel &* channels
    var c = 0
    while c < channels {
      let left = channels &- c
      let x = load(UnsafePointer(row + c), count: left)
      let y = multiplyAdd(load(shift + c, count: left), x, load(scale + c, count: left))
      store(y, to: row + c, count: left)
      c &+= vectorWidth
    }
  }
}
