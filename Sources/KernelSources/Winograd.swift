import KernelInterface

/// Computes a `WinogradConvolution`, some tiles at a time so that what lies between the steps
/// stays in the nearest caches. Tiles that look the same everywhere, as the blank ground of an
/// image does, are finished with on the way.
///
/// Three functions, each with small rolled loops: merged into one, they no longer fit where the
/// processor keeps decoded instructions, and take a third more time.
@inline(never)
package func convolveWinograd(_ convolution: WinogradConvolution) {
  var strip = WinogradStrip(convolution)
  var next = TilePosition()
  while next.image < convolution.imageCount {
    strip.count = 0
    while strip.count < winogradTiles, next.image < convolution.imageCount {
      if convolution.skipsEvenTiles, isEven(strip, next) {
        convolveEven(strip, next)
      } else {
        strip.positions[strip.count] = next
        strip.count &+= 1
      }
      next.advance(tilesPerRow: strip.tilesPerRow, tilesPerColumn: strip.tilesPerColumn)
    }
    if strip.count > 0 {
      transformInputs(strip)
      multiplyPoints(strip)
      transformOutputs(strip)
    }
  }
}

/// A few tiles of a convolution, and their scratch memory:
///
///     [inputs: 36 points × tiles × channels][products: 36 points × tiles × filters]
///     [lines: 36 + 16 vectors][positions: 48 floats][patch: 6 × 6 × channels + a vector]
struct WinogradStrip {
  let convolution: WinogradConvolution
  let positions: UnsafeMutablePointer<TilePosition>
  var count = 0
  let tilesPerRow: Int
  let tilesPerColumn: Int
  /// Channels and filters in whole vectors and blocks.
  let channels: Int
  let filters: Int
  let inputs: UnsafeMutablePointer<Float>
  let products: UnsafeMutablePointer<Float>
  let lines: UnsafeMutablePointer<Float>
  let patch: UnsafeMutablePointer<Float>

  @inline(__always)
  init(_ convolution: WinogradConvolution) {
    self.convolution = convolution
    let side = convolution.pools ? 2 : 4
    tilesPerRow = (convolution.target.width &+ side &- 1) / side
    tilesPerColumn = (convolution.target.height &+ side &- 1) / side
    channels = (convolution.source.channels &+ vectorWidth &- 1) / vectorWidth &* vectorWidth
    let block = winogradTailVectors &* vectorWidth
    filters = (convolution.target.filters &+ block &- 1) / block &* block
    inputs = convolution.scratch
    products = inputs + 36 &* winogradTiles &* channels
    lines = products + 36 &* winogradTiles &* filters
    let end = lines + 52 &* vectorWidth
    positions = UnsafeMutableRawPointer(end)
      .bindMemory(to: TilePosition.self, capacity: winogradTiles)
    patch = end + 48
  }

  /// Floats from a point of the inputs, or of the products, to the next.
  var inputPointStride: Int { @inline(__always) get { winogradTiles &* channels } }
  var productPointStride: Int { @inline(__always) get { winogradTiles &* filters } }

  /// What a tile reads: where it begins, and how many rows and columns from there lie in the map.
  @inline(__always)
  func patch(
    at position: TilePosition
  ) -> (pointer: UnsafePointer<Float>, rows: Int, columns: Int) {
    let source = convolution.source
    let (y, x) = (4 &* position.row, 4 &* position.column)
    let offset =
      position.image &* source.imageStride &+ y &* source.rowStride &+ x &* source.channels
    return (source.pointer + offset, source.height &- y, source.width &- x)
  }
}
