/// e to the power of each lane, within 2 units in the last place for −87…88; inputs beyond that
/// count as the limit.
///
/// x = n ln 2 + r with |r| ≤ ln 2 / 2; the polynomial of e^r is that of Cephes' `expf`
/// (S. Moshier), and 2^n is put together in the exponent bits.
@inline(__always)
func exponential(_ x: Vector) -> Vector {
  let x = minimum(maximum(x, Vector(repeating: -87)), Vector(repeating: 88))
  // Adding 1.5 × 2^23 rounds to an integer, which is then found in the lowest bits.
  let shift = Vector(repeating: 12_582_912)
  let shifted = multiplyAdd(shift, x, Vector(repeating: 1.442_695_04))
  let n = shifted - shift
  // ln 2 in two parts, so that n × the first is exact.
  var r = multiplyAdd(x, n, Vector(repeating: -0.693_359_375))
  r = multiplyAdd(r, n, Vector(repeating: 2.121_944_4e-4))
  var sum = Vector(repeating: 1.987_569_15e-4)
  sum = multiplyAdd(Vector(repeating: 1.398_199_95e-3), sum, r)
  sum = multiplyAdd(Vector(repeating: 8.333_452e-3), sum, r)
  sum = multiplyAdd(Vector(repeating: 4.166_579_6e-2), sum, r)
  sum = multiplyAdd(Vector(repeating: 1.666_666_55e-1), sum, r)
  sum = multiplyAdd(Vector(repeating: 0.5), sum, r)
  sum = multiplyAdd(r, sum, r * r) + Vector(repeating: 1)
  let bits = unsafeBitCast(shifted, to: Bits.self) &<< Bits(repeating: 23)
  return sum * unsafeBitCast(bits &+ Bits(repeating: 0x3f80_0000), to: Vector.self)
}

/// 1 / (1 + e^−x).
@inline(__always)
func sigmoid(_ x: Vector) -> Vector {
  let one = Vector(repeating: 1)
  return one / (one + exponential(Vector.zero - x))
}

/// The hyperbolic tangent, within 2e-7.
@inline(__always)
func hyperbolicTangent(_ x: Vector) -> Vector {
  let one = Vector(repeating: 1)
  return one - (one + one) / (one + exponential(x + x))
}
