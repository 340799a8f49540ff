import KernelInterface

/// Applies a curve to `count` floats in place. Every lane is treated alike, so a result does not
/// depend on its place.
@inline(never)
package func applyCurve(_ curve: Curve, _ values: UnsafeMutablePointer<Float>, count: Int) {
  var i = 0
  while i < count {
    let left = count &- i
    let x = load(UnsafePointer(values + i), count: left)
    let y =
      switch curve {
      case .relu: maximum(x, .zero)
      case .tanh: hyperbolicTangent(x)
      case .sigmoid: sigmoid(x)
      }
    store(y, to: values + i, count: left)
    i &+= vectorWidth
  }
}

/// Turns `count` scores into probabilities: e^(x − max) / Σ.
@inline(never)
package func softmax(
  _ scores: UnsafePointer<Float>, _ probabilities: UnsafeMutablePointer<Float>, count: Int
) {
  var greatest = scores[0]
  for i in 1..<max(1, count) where scores[i] > greatest { greatest = scores[i] }
  var i = 0
  while i < count {
    let x = load(scores + i, count: count &- i) - Vector(repeating: greatest)
    store(exponential(x), to: probabilities + i, count: count &- i)
    i &+= vectorWidth
  }
  normalize(probabilities, count: count)
}

/// Divides `count` floats by their sum.
@inline(never)
package func normalize(_ values: UnsafeMutablePointer<Float>, count: Int) {
  var sum: Float = 0
  for i in 0..<count { sum += values[i] }
  for i in 0..<count { values[i] /= sum }
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
