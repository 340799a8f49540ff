/// Where a tile of a convolution belongs: image, and row and column in tiles.
public struct TilePosition {
  public var image = 0
  public var row = 0
  public var column = 0

  @inlinable
  public init() {}

  /// On to the next tile, row by row and image by image.
  @inlinable @inline(__always)
  public mutating func advance(tilesPerRow: Int, tilesPerColumn: Int) {
    column &+= 1
    guard column == tilesPerRow else { return }
    column = 0
    row &+= 1
    guard row == tilesPerColumn else { return }
    row = 0
    image &+= 1
  }
}
