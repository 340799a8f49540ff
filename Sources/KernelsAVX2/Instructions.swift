import CVectorInstructions

/// AVX2 with FMA: 16 registers of 8 floats. A tile of 6 × 2 vectors keeps 12 sums in registers
/// and leaves room for two vectors of weights and a broadcast.
typealias Vector = SIMD8<Float>
typealias Bits = SIMD8<Int32>
typealias Bytes = SIMD8<UInt8>
package var vectorWidth: Int { @inline(__always) get { 8 } }
package var tileRows: Int { @inline(__always) get { 6 } }
typealias WideSums = Sums<12>
typealias OneVectorSums = Sums<6>
typealias TileStarts = Starts<6>
typealias ShortWideSums = Sums<8>
typealias ShortOneVectorSums = Sums<4>
/// A tile, or indices of what is not zero in a row.
typealias TileMemory = InlineArray<12, Vector>
/// Fewer rows than this are cheaper one by one.
var singleRowsBelow: Int { @inline(__always) get { 3 } }

/// Whether `multiplyAdd` rounds only once.
var multiplyAddIsFused: Bool { @inline(__always) get { true } }

@inline(__always)
func multiplyAdd(_ sum: Vector, _ a: Vector, _ b: Vector) -> Vector {
  sum.addingProduct(a, b)
}

@inline(__always)
func floats(of bytes: Bytes) -> Vector { floats_of_8_bytes(bytes) }

// Winograd: 6 tiles × 2 vectors of filters are 12 sums.
package var winogradTiles: Int { @inline(__always) get { 6 } }
package var winogradWideVectors: Int { @inline(__always) get { 2 } }
package var winogradTailVectors: Int { @inline(__always) get { 1 } }
typealias WinogradStarts = Starts<6>
typealias WinogradWideSums = Sums<12>
typealias WinogradTailSums = Sums<6>
typealias WinogradWideFourSums = Sums<8>
typealias WinogradTailFourSums = Sums<4>
typealias WinogradWidePairSums = Sums<4>
typealias WinogradTailPairSums = Sums<2>
typealias WinogradWideLoneSums = Sums<2>
typealias WinogradTailLoneSums = Sums<1>
