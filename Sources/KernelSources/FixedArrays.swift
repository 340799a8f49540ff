// Literals, because `InlineArray(repeating:)` may become a call. It would return its array in
// memory, where the sums would stay; and it is a shared symbol, which must not be compiled for
// one instruction set.

@inline(__always)
func zeroSums() -> Sums<1> { [.zero] }

@inline(__always)
func zeroSums() -> Sums<2> { [.zero, .zero] }

@inline(__always)
func zeroSums() -> Sums<4> { [.zero, .zero, .zero, .zero] }

@inline(__always)
func zeroSums() -> Sums<6> { [.zero, .zero, .zero, .zero, .zero, .zero] }

@inline(__always)
func zeroSums() -> Sums<8> { [.zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero] }

@inline(__always)
func zeroSums() -> Sums<12> {
  [.zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero]
}

@inline(__always)
func zeroSums() -> Sums<16> {
  [
    .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero,
    .zero, .zero, .zero,
  ]
}

@inline(__always)
func zeroSums() -> Sums<24> {
  [
    .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero,
    .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero, .zero,
  ]
}

@inline(__always)
func allStarts(at p: UnsafePointer<Float>) -> Starts<1> { [p] }

@inline(__always)
func allStarts(at p: UnsafePointer<Float>) -> Starts<2> { [p, p] }

@inline(__always)
func allStarts(at p: UnsafePointer<Float>) -> Starts<4> { [p, p, p, p] }

@inline(__always)
func allStarts(at p: UnsafePointer<Float>) -> Starts<6> { [p, p, p, p, p, p] }

@inline(__always)
func allStarts(at p: UnsafePointer<Float>) -> Starts<12> { [p, p, p, p, p, p, p, p, p, p, p, p] }
