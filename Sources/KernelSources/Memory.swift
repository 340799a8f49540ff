@inline(__always)
func load(_ pointer: UnsafePointer<Float>) -> Vector {
  UnsafeRawPointer(pointer).loadUnaligned(as: Vector.self)
}

@inline(__always)
func store(_ vector: Vector, to pointer: UnsafeMutablePointer<Float>) {
  UnsafeMutableRawPointer(pointer).storeBytes(of: vector, as: Vector.self)
}

/// Lane by lane the greater; `b` where they cannot be compared: a NaN in `b` stays, one in `a` is
/// lost. (One instruction; to keep both takes three.)
@inline(__always)
func maximum(_ a: Vector, _ b: Vector) -> Vector { b.replacing(with: a, where: a .> b) }

@inline(__always)
func minimum(_ a: Vector, _ b: Vector) -> Vector { b.replacing(with: a, where: a .< b) }

/// Stores the first `count` lanes, touching nothing beyond them: a neighbour's memory may belong
/// to another thread.
@inline(__always)
func store(_ vector: Vector, to pointer: UnsafeMutablePointer<Float>, count: Int) {
  if count >= vectorWidth {
    store(vector, to: pointer)
  } else if count > 0 {
    storePrefix(vector, to: pointer, count: count)
  }
}

@inline(__always)
func load(_ pointer: UnsafePointer<Float>, count: Int) -> Vector {
  if count >= vectorWidth { return load(pointer) }
  return count > 0 ? loadPrefix(pointer, count: count) : .zero
}

// Halving: a loop over lanes would go through memory one float at a time.

@inline(__always)
func storePrefix(_ vector: SIMD16<Float>, to pointer: UnsafeMutablePointer<Float>, count: Int) {
  var rest = vector.lowHalf
  var pointer = pointer
  if count & 8 != 0 {
    UnsafeMutableRawPointer(pointer).storeBytes(of: rest, as: SIMD8<Float>.self)
    rest = vector.highHalf
    pointer += 8
  }
  storePrefix(rest, to: pointer, count: count & 7)
}

@inline(__always)
func storePrefix(_ vector: SIMD8<Float>, to pointer: UnsafeMutablePointer<Float>, count: Int) {
  var rest = vector.lowHalf
  var pointer = pointer
  if count & 4 != 0 {
    UnsafeMutableRawPointer(pointer).storeBytes(of: rest, as: SIMD4<Float>.self)
    rest = vector.highHalf
    pointer += 4
  }
  storePrefix(rest, to: pointer, count: count & 3)
}

@inline(__always)
func storePrefix(_ vector: SIMD4<Float>, to pointer: UnsafeMutablePointer<Float>, count: Int) {
  var rest = vector.lowHalf
  var pointer = pointer
  if count & 2 != 0 {
    UnsafeMutableRawPointer(pointer).storeBytes(of: rest, as: SIMD2<Float>.self)
    rest = vector.highHalf
    pointer += 2
  }
  if count & 1 != 0 { pointer[0] = rest[0] }
}

// The widest part that there is, and the rest behind it.

@inline(__always)
func loadPrefix(_ pointer: UnsafePointer<Float>, count: Int) -> SIMD16<Float> {
  let rest: SIMD8<Float> = loadPrefix(pointer + (count & 8), count: count & 7)
  guard count & 8 != 0 else { return SIMD16(lowHalf: rest, highHalf: .zero) }
  return SIMD16(
    lowHalf: UnsafeRawPointer(pointer).loadUnaligned(as: SIMD8<Float>.self), highHalf: rest)
}

@inline(__always)
func loadPrefix(_ pointer: UnsafePointer<Float>, count: Int) -> SIMD8<Float> {
  let rest: SIMD4<Float> = loadPrefix(pointer + (count & 4), count: count & 3)
  guard count & 4 != 0 else { return SIMD8(lowHalf: rest, highHalf: .zero) }
  return SIMD8(
    lowHalf: UnsafeRawPointer(pointer).loadUnaligned(as: SIMD4<Float>.self), highHalf: rest)
}

@inline(__always)
func loadPrefix(_ pointer: UnsafePointer<Float>, count: Int) -> SIMD4<Float> {
  let last = count & 1 != 0 ? pointer[count & 2] : 0
  let rest = SIMD2(last, 0)
  guard count & 2 != 0 else { return SIMD4(lowHalf: rest, highHalf: .zero) }
  return SIMD4(
    lowHalf: UnsafeRawPointer(pointer).loadUnaligned(as: SIMD2<Float>.self), highHalf: rest)
}
