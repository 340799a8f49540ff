import CVectorInstructions
import KernelInterface

// AVX-512 with BF16: floats of 16 bits, summed up in 32. Every sum takes its products in the same
// order, wherever in a tile it lies, so that it comes out the same to the bit.

typealias Element = UInt16
typealias Sum = Floats

/// Adds to each sum two products.
@inline(__always)
func multiplyAdd(_ sums: Sum, _ elements: Integers, _ weights: Integers) -> Sum {
  vdpbf16ps(sums, elements, weights)
}

/// The same: Winograd's points are floats of 16 bits too.
@inline(__always)
func multiplyAddPoints(_ sums: Sum, _ points: Integers, _ weights: Integers) -> Sum {
  vdpbf16ps(sums, points, weights)
}

@inline(__always)
func floats(of sums: Sum) -> Floats { sums }

/// What stands for zero. (A byte has no more bits than such a float.)
@inline(__always)
func element(_ zeroPoint: UInt8) -> Element {
  UInt16(truncatingIfNeeded: Float(zeroPoint).bitPattern &>> 16)
}

/// Stores those of 16 results whose bits are set, rounded to the nearest.
@inline(__always)
func storeNarrow(_ results: Floats, to target: UnsafeMutableRawPointer, _ lanes: UInt16) {
  vmovdqu16(target, vcvtneps2bf16(results), lanes)
}

/// Whole numbers of 0…255 as elements.
@inline(never)
package func quantize(
  _ bytes: UnsafeRawPointer, to elements: UnsafeMutableRawPointer, count: Int
) {
  var i = 0
  while i < count {
    let lanes = mask(count &- i)
    let floats = floats_of_16_bytes(vmovdqu8z(bytes + i, lanes))
    storeNarrow(floats, to: elements + i &* elementBytes, lanes)
    i &+= vectorWidth
  }
}

/// Not clamped: elements have the range of floats.
@inline(__always)
func limited(_ values: Floats) -> Floats { values }

// MARK: - Winograd's input

typealias Line = Floats

/// Some channels of a pixel. What lies behind the last one might be NaN, which times a weight of
/// zero is NaN too: it is not read.
@inline(__always)
func loadLine(ofElements pointer: UnsafeRawPointer, count: Int) -> Line {
  floats_of_16_bf16(vmovdqu16z(pointer, mask(count)))
}

@inline(__always)
func storePoints(_ line: Line, to target: UnsafeMutableRawPointer) {
  target.storeBytes(of: vcvtneps2bf16(line), as: SIMD16<UInt16>.self)
}

/// The point of the second row and column where all of a patch is that: Bᵀ passes it on six times,
/// twice.
@inline(__always)
func evenPoint(_ line: Line) -> Line { line * Line(repeating: 36) }

/// Bᵀ times six vectors: see WinogradInput in KernelSources.
@inline(__always)
func transformLine(_ load: (Int) -> Line, _ put: (Int, Line) -> Void) {
  let d1 = load(1)
  let d2 = load(2)
  let d3 = load(3)
  let d4 = load(4)
  let (two, four) = (Line(repeating: 2), Line(repeating: 4))
  let five = Line(repeating: -5)
  put(0, d4.addingProduct(load(0), four).addingProduct(d2, five))
  let even = d4.addingProduct(-four, d2)
  let odd = d3.addingProduct(-four, d1)
  put(1, even + odd)
  put(2, even - odd)
  let difference = d4 - d2
  let slope = d3 - d1
  put(3, difference.addingProduct(two, slope))
  put(4, difference.addingProduct(-two, slope))
  put(5, load(5).addingProduct(d1, four).addingProduct(d3, five))
}
