import CVectorInstructions
import KernelInterface

// AVX-512 with VNNI: unsigned bytes times signed ones, and Winograd's tiles of bytes, which 16 bits
// hold exactly, times integers of 16 bits. Sums are exact, and their order is of no matter.

typealias Element = UInt8
typealias Sum = Integers

/// Adds to each sum four products.
@inline(__always)
func multiplyAdd(_ sums: Sum, _ elements: Integers, _ weights: Integers) -> Sum {
  vpdpbusd(sums, elements, weights)
}

/// Adds to each sum two products of Winograd's points.
@inline(__always)
func multiplyAddPoints(_ sums: Sum, _ points: Integers, _ weights: Integers) -> Sum {
  vpdpwssd(sums, points, weights)
}

@inline(__always)
func floats(of sums: Sum) -> Floats { vcvtdq2ps(sums) }

/// What stands for zero.
@inline(__always)
func element(_ zeroPoint: UInt8) -> Element { zeroPoint }

/// Stores those of 16 results, none negative, whose bits are set: rounded, and at most 255.
@inline(__always)
func storeNarrow(_ results: Floats, to target: UnsafeMutableRawPointer, _ lanes: UInt16) {
  vpmovusdb(target, vcvtps2dq(results), lanes)
}

/// Whole numbers of 0…255 as elements.
package func quantize(
  _ bytes: UnsafeRawPointer, to elements: UnsafeMutableRawPointer, count: Int
) {
  elements.copyMemory(from: bytes, byteCount: count)
}

/// Clamped to the least element; `storeNarrow` clamps to the greatest.
@inline(__always)
func limited(_ values: Floats) -> Floats { maximum(values, .zero) }

// MARK: - Winograd's input

typealias Line = SIMD32<Int16>

/// Some channels of a pixel. What is read behind the last one does not count.
@inline(__always)
func loadLine(ofElements pointer: UnsafeRawPointer, count: Int) -> Line {
  vpmovzxbw(pointer.loadUnaligned(as: SIMD32<UInt8>.self))
}

@inline(__always)
func storePoints(_ line: Line, to target: UnsafeMutableRawPointer) {
  target.storeBytes(of: line, as: Line.self)
}

/// The point of the second row and column where all of a patch is that: Bᵀ passes it on six
/// times, twice.
@inline(__always)
func evenPoint(_ line: Line) -> Line { line &* Line(repeating: 36) }

/// Bᵀ times six vectors: see WinogradInput in KernelSources. Nothing overflows: the sizes of a
/// row's factors sum up to ten, and bytes pass it twice.
@inline(__always)
func transformLine(_ load: (Int) -> Line, _ put: (Int, Line) -> Void) {
  let two = Line(repeating: 2)
  let d1 = load(1)
  let d2 = load(2)
  let d3 = load(3)
  let d4 = load(4)
  let (fourD1, fourD2) = (d1 &<< two, d2 &<< two)
  put(0, (load(0) &<< two) &- fourD2 &- d2 &+ d4)
  let even = d4 &- fourD2
  let odd = d3 &- fourD1
  put(1, even &+ odd)
  put(2, even &- odd)
  let difference = d4 &- d2
  let slope = d3 &- d1
  let twice = slope &+ slope
  put(3, difference &+ twice)
  put(4, difference &- twice)
  put(5, fourD1 &- (d3 &<< two) &- d3 &+ load(5))
}
