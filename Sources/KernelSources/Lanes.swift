// What goes across the lanes of a vector, for each width: halves, until one lane is left.

@inline(__always)
func sum(of vector: SIMD16<Float>) -> Float { sum(of: vector.lowHalf + vector.highHalf) }

@inline(__always)
func sum(of vector: SIMD8<Float>) -> Float { sum(of: vector.lowHalf + vector.highHalf) }

@inline(__always)
func sum(of vector: SIMD4<Float>) -> Float {
  let two = vector.lowHalf + vector.highHalf
  return two[0] + two[1]
}

@inline(__always)
func greatestLane(of vector: SIMD16<Float>) -> Float {
  let (a, b) = (vector.lowHalf, vector.highHalf)
  return greatestLane(of: b.replacing(with: a, where: a .> b))
}

@inline(__always)
func greatestLane(of vector: SIMD8<Float>) -> Float {
  let (a, b) = (vector.lowHalf, vector.highHalf)
  return greatestLane(of: b.replacing(with: a, where: a .> b))
}

@inline(__always)
func greatestLane(of vector: SIMD4<Float>) -> Float {
  let (a, b) = (vector.lowHalf, vector.highHalf)
  let two = b.replacing(with: a, where: a .> b)
  return two[0] > two[1] ? two[0] : two[1]
}

@inline(__always)
func isZero(_ bits: SIMD16<Int32>) -> Bool { isZero(bits.lowHalf | bits.highHalf) }

@inline(__always)
func isZero(_ bits: SIMD8<Int32>) -> Bool { isZero(bits.lowHalf | bits.highHalf) }

@inline(__always)
func isZero(_ bits: SIMD4<Int32>) -> Bool {
  let two = unsafeBitCast(bits, to: SIMD2<UInt64>.self)
  return two[0] | two[1] == 0
}

/// A bit for every four lanes: whether any of them is not zero.
@inline(__always)
func nonzeroQuads(_ bits: SIMD16<Int32>) -> UInt64 {
  nonzeroQuads(bits.lowHalf) | nonzeroQuads(bits.highHalf) &<< 2
}

@inline(__always)
func nonzeroQuads(_ bits: SIMD8<Int32>) -> UInt64 {
  nonzeroQuads(bits.lowHalf) | nonzeroQuads(bits.highHalf) &<< 1
}

@inline(__always)
func nonzeroQuads(_ bits: SIMD4<Int32>) -> UInt64 { isZero(bits) ? 0 : 1 }

extension SIMD16<Float> {
  /// 0, 1, 2 and so on.
  static var laneNumbers: Self {
    @inline(__always) get { [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] }
  }
}

extension SIMD8<Float> {
  static var laneNumbers: Self { @inline(__always) get { [0, 1, 2, 3, 4, 5, 6, 7] } }
}

extension SIMD4<Float> {
  static var laneNumbers: Self { @inline(__always) get { [0, 1, 2, 3] } }
}
