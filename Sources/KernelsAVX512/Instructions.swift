import CVectorInstructions

/// AVX-512: 32 registers of 16 floats. A tile of 12 × 2 vectors keeps 24 sums in registers and
/// leaves room for two vectors of weights and a broadcast.
typealias Vector = SIMD16<Float>
typealias Bits = SIMD16<Int32>
typealias Bytes = SIMD16<UInt8>
package var vectorWidth: Int { @inline(__always) get { 16 } }
package var tileRows: Int { @inline(__always) get { 12 } }
typealias WideSums = Sums<24>
typealias OneVectorSums = Sums<12>
typealias TileStarts = Starts<12>
typealias ShortWideSums = Sums<8>
typealias ShortOneVectorSums = Sums<4>
/// A tile, or indices of what is not zero in a row.
typealias TileMemory = InlineArray<24, Vector>
/// Fewer rows than this are cheaper one by one.
var singleRowsBelow: Int { @inline(__always) get { 3 } }

/// Whether `multiplyAdd` rounds only once.
var multiplyAddIsFused: Bool { @inline(__always) get { true } }

@inline(__always)
func multiplyAdd(_ sum: Vector, _ a: Vector, _ b: Vector) -> Vector {
  sum.addingProduct(a, b)
}

@inline(__always)
func floats(of bytes: Bytes) -> Vector { floats_of_16_bytes(bytes) }

// Winograd: 6 tiles × 4 vectors of filters are 24 sums.
package var winogradTiles: Int { @inline(__always) get { 6 } }
package var winogradWideVectors: Int { @inline(__always) get { 4 } }
package var winogradTailVectors: Int { @inline(__always) get { 2 } }
typealias WinogradStarts = Starts<6>
typealias WinogradWideSums = Sums<24>
typealias WinogradTailSums = Sums<12>
typealias WinogradWideFourSums = Sums<16>
typealias WinogradTailFourSums = Sums<8>
typealias WinogradWidePairSums = Sums<8>
typealias WinogradTailPairSums = Sums<4>
typealias WinogradWideLoneSums = Sums<4>
typealias WinogradTailLoneSums = Sums<2>
