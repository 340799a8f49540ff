/// The part of a matrix product whose share of B is packed at one time.
///
/// Sizes for 48 KB and 1 MB caches: one panel of B (depth × 32 floats = 32 KB) stays in the
/// first level while the rows pass; all panels of the block (512 KB) and the rows of A (144 KB)
/// stay in the second.
struct MultiplyBlock {
  static let depth = 256
  static let columns = 512
  static let rows = 144

  let product: MatrixProduct
  let column: Int
  let columnCount: Int
  let depth: Int
  let depthCount: Int

  init(_ product: MatrixProduct, column: Int, depth: Int) {
    self.product = product
    self.column = column
    self.depth = depth
    columnCount = min(Self.columns, product.n - column)
    depthCount = min(Self.depth, product.k - depth)
  }
}

/// The caller's scratch memory:
///
///     [packed B: depth × columns][packed A: rows × depth][input offsets][output offsets]
struct MultiplyScratch {
  private static let bByteCount = MultiplyBlock.depth * MultiplyBlock.columns * 4
  private static let aByteCount = MultiplyBlock.rows * MultiplyBlock.depth * 4
  private static let offsetsByteCount = MultiplyBlock.rows * 4
  static let byteCount = bByteCount + aByteCount + 2 * offsetsByteCount

  let b: UnsafeMutablePointer<Float>
  let a: UnsafeMutablePointer<Float>
  let inputOffsets: UnsafeMutablePointer<Int32>
  let outputOffsets: UnsafeMutablePointer<Int32>

  init(_ memory: UnsafeMutableRawPointer) {
    b = memory.assumingMemoryBound(to: Float.self)
    a = (memory + Self.bByteCount).assumingMemoryBound(to: Float.self)
    let offsets = memory + Self.bByteCount + Self.aByteCount
    inputOffsets = offsets.assumingMemoryBound(to: Int32.self)
    outputOffsets = (offsets + Self.offsetsByteCount).assumingMemoryBound(to: Int32.self)
  }
}
