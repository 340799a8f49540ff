import KernelInterface

/// Computes a `WinogradConvolution`, some tiles at a time so that what lies between the steps
/// stays in the nearest caches.
///
/// Three functions, each with small rolled loops: merged into one, they no longer fit where the
/// processor keeps decoded instructions, and take a third more time.
@inline(never)
package func convolveWinograd(_ convolution: WinogradConvolution) {
  var strip = WinogradStrip(convolution)
  let tileCount = strip.tilesPerImage &* convolution.imageCount
  while strip.first < tileCount {
    strip.count = min(winogradTiles, tileCount &- strip.first)
    transformInputs(strip)
    multiplyPoints(strip)
    transformOutputs(strip)
    strip.first &+= winogradTiles
  }
}

/// A few consecutive tiles of a convolution, counted through rows and images, and their scratch
/// memory:
///
///     [inputs: 36 points × tiles × channels][products: 36 points × tiles × filters]
///     [lines: 36 + 16 vectors][patch: 6 × 6 × channels + a vector]
struct WinogradStrip {
  let convolution: WinogradConvolution
  var first = 0
  var count = 0
  let tilesPerRow: Int
  let tilesPerImage: Int
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
    tilesPerImage = tilesPerRow &* ((convolution.target.height &+ side &- 1) / side)
    channels = (convolution.source.channels &+ vectorWidth &- 1) / vectorWidth &* vectorWidth
    let block = winogradNarrowVectors &* vectorWidth
    filters = (convolution.target.filters &+ block &- 1) / block &* block
    inputs = convolution.scratch
    products = inputs + 36 &* winogradTiles &* channels
    lines = products + 36 &* winogradTiles &* filters
    patch = lines + 52 &* vectorWidth
  }

  /// Floats from a point of the inputs, or of the products, to the next.
  var inputPointStride: Int { @inline(__always) get { winogradTiles &* channels } }
  var productPointStride: Int { @inline(__always) get { winogradTiles &* filters } }

  /// Where a tile of the strip belongs: image, and row and column in tiles.
  @inline(__always)
  func place(of tile: Int) -> (image: Int, row: Int, column: Int) {
    let index = first &+ tile
    let image = index / tilesPerImage
    let inImage = index &- image &* tilesPerImage
    let row = inImage / tilesPerRow
    return (image, row, inImage &- row &* tilesPerRow)
  }
}
