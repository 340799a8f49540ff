import CVectorInstructions

/// What every processor of the architecture has: SSE2 on x86-64, NEON on ARM. A tile of 4 × 2
/// vectors keeps 8 sums in the 16 registers of SSE2.
typealias Vector = SIMD4<Float>
typealias Bits = SIMD4<Int32>
typealias Bytes = SIMD4<UInt8>
package var vectorWidth: Int { @inline(__always) get { 4 } }
package var tileRows: Int { @inline(__always) get { 4 } }
typealias WideSums = Sums<8>
typealias OneVectorSums = Sums<4>
typealias TileStarts = Starts<4>
typealias ShortWideSums = WideSums
typealias ShortOneVectorSums = OneVectorSums
/// A tile, or indices of what is not zero in a row.
typealias TileMemory = InlineArray<16, Vector>
/// Fewer rows than this are cheaper one by one.
var singleRowsBelow: Int { @inline(__always) get { 2 } }

/// Whether `multiplyAdd` rounds only once.
var multiplyAddIsFused: Bool {
  @inline(__always) get {
    #if arch(arm64)
      true
    #else
      false
    #endif
  }
}

@inline(__always)
func multiplyAdd(_ sum: Vector, _ a: Vector, _ b: Vector) -> Vector {
  #if arch(arm64)
    sum.addingProduct(a, b)
  #else
    // SSE2 has no fused multiply-add; `addingProduct` would call libm for every lane.
    sum + a * b
  #endif
}

@inline(__always)
func floats(of bytes: Bytes) -> Vector { floats_of_4_bytes(bytes) }

// Winograd: 4 tiles × 2 vectors of filters are 8 sums.
package var winogradTiles: Int { @inline(__always) get { 4 } }
package var winogradWideVectors: Int { @inline(__always) get { 2 } }
package var winogradTailVectors: Int { @inline(__always) get { 1 } }
typealias WinogradStarts = Starts<4>
typealias WinogradWideSums = Sums<8>
typealias WinogradTailSums = Sums<4>
typealias WinogradWideFourSums = WinogradWideSums
typealias WinogradTailFourSums = WinogradTailSums
typealias WinogradWidePairSums = Sums<4>
typealias WinogradTailPairSums = Sums<2>
typealias WinogradWideLoneSums = Sums<2>
typealias WinogradTailLoneSums = Sums<1>
