import KernelInterface

/// Ink of 0…255 to what the network sees. The division makes a byte equal to the float that a
/// client would send for it.
@inline(never)
package func scaleBytes(
  _ pixels: UnsafePointer<UInt8>, _ scaling: PixelScaling, to values: UnsafeMutablePointer<Float>,
  count: Int
) {
  for i in 0..<count {
    values[i] = (Float(pixels[i]) / 255 - scaling.mean) * scaling.inverseDeviation
  }
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
