import CVectorInstructions

// What AVX-512 has for all narrow numbers: 32 registers of 16 lanes.

typealias Integers = SIMD16<Int32>
typealias Floats = SIMD16<Float>
/// Held in registers, as long as every index is a constant: nothing but loops with constant
/// bounds, which are unrolled whole, may touch them.
typealias Sums<let count: Int> = InlineArray<count, Sum>
typealias Starts<let count: Int> = InlineArray<count, UnsafeRawPointer>

/// Lanes of a vector of sums.
package var vectorWidth: Int { @inline(__always) get { 16 } }
/// Columns of a whole panel of packed weights.
package var panelWidth: Int { @inline(__always) get { 2 &* vectorWidth } }
/// Bytes of a vector.
var vectorBytes: Int { @inline(__always) get { 64 } }
/// Bytes that each lane multiplies at a time.
var groupBytes: Int { @inline(__always) get { 4 } }
/// Bytes of an element of a map.
var elementBytes: Int { @inline(__always) get { MemoryLayout<Element>.size } }
/// Bytes of what Winograd's tiles become.
var pointBytes: Int { @inline(__always) get { 2 } }

@inline(__always)
func load(_ pointer: UnsafeRawPointer) -> Integers { pointer.loadUnaligned(as: Integers.self) }

@inline(__always)
func loadSum(_ pointer: UnsafeRawPointer) -> Sum { pointer.loadUnaligned(as: Sum.self) }

@inline(__always)
func store(_ sum: Sum, to pointer: UnsafeMutableRawPointer) {
  pointer.storeBytes(of: sum, as: Sum.self)
}

@inline(__always)
func load(_ pointer: UnsafePointer<Float>) -> Floats {
  UnsafeRawPointer(pointer).loadUnaligned(as: Floats.self)
}

/// Four bytes in every lane.
@inline(__always)
func broadcast(_ pointer: UnsafeRawPointer) -> Integers {
  Integers(repeating: pointer.loadUnaligned(as: Int32.self))
}

@inline(__always)
func maximum(_ a: Integers, _ b: Integers) -> Integers { b.replacing(with: a, where: a .> b) }

@inline(__always)
func maximum(_ a: Floats, _ b: Floats) -> Floats { b.replacing(with: a, where: a .> b) }

/// The first `count` of 16 lanes.
@inline(__always)
func mask(_ count: Int) -> UInt16 {
  count >= 16 ? 0xffff : UInt16(truncatingIfNeeded: (1 &<< max(0, count)) &- 1)
}

// Literals, because `InlineArray(repeating:)` may become a call: see FixedArrays in KernelSources.

@inline(__always)
func zeroSums() -> Sums<4> { [.zero, .zero, .zero, .zero] }

@inline(__always)
func zeroSums() -> Sums<8> { [.zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero] }

@inline(__always)
func zeroSums() -> Sums<12> {
  [.zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero]
}

@inline(__always)
func zeroSums() -> Sums<24> {
  [
    .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero,
    .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero,
  ]
}

@inline(__always)
func allStarts(at p: UnsafeRawPointer) -> Starts<2> { [p, p] }

@inline(__always)
func allStarts(at p: UnsafeRawPointer) -> Starts<4> { [p, p, p, p] }

@inline(__always)
func allStarts(at p: UnsafeRawPointer) -> Starts<6> { [p, p, p, p, p, p] }

@inline(__always)
func allStarts(at p: UnsafeRawPointer) -> Starts<12> { [p, p, p, p, p, p, p, p, p, p, p, p] }
