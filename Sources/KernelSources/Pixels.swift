import KernelInterface

/// Ink of 0…255 to what the network sees. A byte equals the float that a client would send for it:
/// the quotient, correctly rounded.
@inline(never)
package func scaleBytes(
  _ pixels: UnsafePointer<UInt8>, _ scaling: PixelScaling, to values: UnsafeMutablePointer<Float>,
  count: Int
) {
  let mean = Vector(repeating: scaling.mean)
  let inverseDeviation = Vector(repeating: scaling.inverseDeviation)
  var i = 0
  while count &- i >= vectorWidth {
    let bytes = UnsafeRawPointer(pixels + i).loadUnaligned(as: Bytes.self)
    let ink = dividedBy255(floats(of: bytes))
    store((ink - mean) * inverseDeviation, to: values + i)
    i &+= vectorWidth
  }
  while i < count {
    values[i] = (Float(pixels[i]) / 255 - scaling.mean) * scaling.inverseDeviation
    i &+= 1
  }
}

/// The quotient, correctly rounded: mended by what is left, which is many times as fast as a
/// division. P. Markstein, "Computation of elementary functions on the IBM RISC System/6000
/// processor", IBM Journal of Research and Development 34(1), 1990.
@inline(__always)
private func dividedBy255(_ x: Vector) -> Vector {
  guard multiplyAddIsFused else { return x / Vector(repeating: 255) }
  let inverse = Vector(repeating: 1 / 255)
  let quotient = x * inverse
  let rest = multiplyAdd(x, quotient, Vector(repeating: -255))
  return multiplyAdd(quotient, rest, inverse)
}

/// Ink of 0…1 to what the network sees. The pixels need no alignment.
@inline(never)
package func scaleFloats(
  _ pixels: UnsafeRawPointer, _ scaling: PixelScaling, to values: UnsafeMutablePointer<Float>,
  count: Int
) {
  for i in 0..<count {
    let ink = (pixels + i &* 4).loadUnaligned(as: Float.self)
    values[i] = (ink - scaling.mean) * scaling.inverseDeviation
  }
}
