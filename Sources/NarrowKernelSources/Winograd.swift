import KernelInterface

/// Tiles that go through the kernel together.
package var winogradTiles: Int { @inline(__always) get { 6 } }
/// Vectors of filters in a block.
package var winogradVectors: Int { @inline(__always) get { 2 } }
/// Filters in a block.
var blockFilters: Int { @inline(__always) get { winogradVectors &* vectorWidth } }
/// Channels that are transformed together.
package var lineChannels: Int { @inline(__always) get { Line.scalarCount } }

/// Computes a `NarrowConvolution`, some tiles at a time, in three steps with small rolled loops:
/// see `convolveWinograd` in KernelSources, which does the same in floats. Here the last two go
/// block by block of filters, so that the sums stay in the nearest cache.
@inline(never)
package func convolve(_ convolution: NarrowConvolution) {
  var strip = NarrowStrip(convolution)
  var next = TilePosition()
  while next.image < convolution.imageCount {
    strip.count = 0
    while strip.count < winogradTiles, next.image < convolution.imageCount {
      if isEven(strip, next) {
        convolveEven(strip, next)
      } else {
        strip.positions[strip.count] = next
        strip.count &+= 1
      }
      next.advance(tilesPerRow: strip.tilesPerRow, tilesPerColumn: strip.tilesPerColumn)
    }
    if strip.count > 0 { convolve(&strip) }
  }
}

@inline(__always)
private func convolve(_ strip: inout NarrowStrip) {
  transformInputs(strip)
  strip.filter = 0
  while strip.filter < strip.convolution.target.filters {
    multiplyPoints(strip)
    transformOutputs(strip)
    strip.filter &+= blockFilters
  }
}

/// A few tiles of a convolution, and their scratch memory:
///
///     [inputs: 36 points × tiles × channels of 2 bytes][products: 36 points × tiles × block sums]
///     [lines: 36 vectors][positions: 3 vectors][patch: 6 × 6 × channels elements + a vector]
struct NarrowStrip {
  let convolution: NarrowConvolution
  let positions: UnsafeMutablePointer<TilePosition>
  var count = 0
  /// The first of the block.
  var filter = 0
  /// 36; as a variable, so that no loop over them is unrolled.
  let pointCount = 36
  let tilesPerRow: Int
  let tilesPerColumn: Int
  /// In whole lines.
  let channels: Int
  let inputs: UnsafeMutableRawPointer
  let products: UnsafeMutableRawPointer
  let lines: UnsafeMutableRawPointer
  let patch: UnsafeMutablePointer<Element>

  @inline(__always)
  init(_ convolution: NarrowConvolution) {
    self.convolution = convolution
    let side = convolution.finish.pools ? 2 : 4
    tilesPerRow = (convolution.target.width &+ side &- 1) / side
    tilesPerColumn = (convolution.target.height &+ side &- 1) / side
    channels =
      (convolution.source.channels &+ lineChannels &- 1) / lineChannels &* lineChannels
    inputs = convolution.scratch
    products = inputs + 36 &* winogradTiles &* channels &* pointBytes
    lines = products + 36 &* winogradTiles &* blockFilters &* 4
    positions = (lines + 36 &* vectorBytes)
      .bindMemory(to: TilePosition.self, capacity: winogradTiles)
    patch = (lines + 39 &* vectorBytes).assumingMemoryBound(to: Element.self)
  }

  /// In whole blocks.
  var paddedFilters: Int {
    @inline(__always) get {
      (convolution.target.filters &+ blockFilters &- 1) / blockFilters &* blockFilters
    }
  }

  /// Bytes from a point of the inputs, or of the products, to the next.
  var inputPointStride: Int { @inline(__always) get { winogradTiles &* channels &* pointBytes } }
  var productPointStride: Int { @inline(__always) get { winogradTiles &* blockFilters &* 4 } }

  /// What a tile reads: where it begins, and how many rows and columns from there lie in the map.
  @inline(__always)
  func patch(
    at position: TilePosition
  ) -> (pointer: UnsafeRawPointer, rows: Int, columns: Int) {
    let source = convolution.source
    let (y, x) = (4 &* position.row, 4 &* position.column)
    let offset =
      position.image &* source.imageStride &+ y &* source.rowStride &+ x &* source.channels
    return (source.pointer + offset &* elementBytes, source.height &- y, source.width &- x)
  }
}
