import CVectorInstructions
import KernelInterface

// What passes over groups of zeros. What is left out would add zeros; what remains is added in the
// same order.

/// The most groups of a row whose stretches there is room for, even if every other one is zero.
var groupsOfStretches: Int { @inline(__always) get { 256 } }
/// Groups of a single row that are looked through at a time: there is room for their offsets and a
/// vector behind them.
private var listedGroupsMax: Int { @inline(__always) get { 256 } }

/// Some rows of one run times all panels, and on to the next rows.
@inline(__always)
func multiplyNonzeros(_ tile: inout NarrowTile) {
  while tile.row < tile.product.rowCount {
    tile.rows = tile.rowsLeft
    listStretches(&tile)
    tile.column = 0
    while tile.column < tile.product.columnCount {
      tile.vectors = tile.vectorsLeft
      multiplyTile(&tile)
      tile.column &+= panelWidth
    }
    tile.row &+= tile.rows
  }
}

/// Lists the stretches of groups that are not zero in each row of a tile.
@inline(never)
private func listStretches(_ tile: inout NarrowTile) {
  var starts: Starts<12> = allStarts(at: tile.input(0))
  for r in 0..<12 { starts[r] = tile.input(min(r, tile.rows &- 1)) }
  let groupCount = tile.product.groupCount
  var count = 0
  var group = 0
  var stretch = Stretch(offset: 0, end: -1, group: 0)
  while group < groupCount {
    let lanes = mask(groupCount &- group)
    var any = Integers.zero
    for r in 0..<4 { any |= vmovdqu32z(starts[r] + groupBytes &* group, lanes) }
    if tile.rows > 4 {
      for r in 4..<12 { any |= vmovdqu32z(starts[r] + groupBytes &* group, lanes) }
    }
    var bits = UInt32(vptestmd(any))
    var first = Int32(truncatingIfNeeded: group)
    while bits != 0 {
      let zeros = bits.trailingZeroBitCount
      bits &>>= UInt32(truncatingIfNeeded: zeros)
      let ones = (~bits).trailingZeroBitCount
      bits &>>= UInt32(truncatingIfNeeded: ones)
      first &+= Int32(truncatingIfNeeded: zeros)
      if first &* 4 != stretch.end {
        stretch = Stretch(offset: first &* 4, end: 0, group: first)
        count &+= 1
      }
      first &+= Int32(truncatingIfNeeded: ones)
      stretch.end = first &* 4
      tile[count &- 1] = stretch
    }
    group &+= vectorWidth
  }
  tile.stretchCount = count
}

/// A single row times four panels. Of what a lone row reads, single groups are zero here and there:
/// they are listed without a branch on each, which none could foresee.
@inline(never)
func multiplyNonzeros(_ tile: NarrowTile, _ panels: Starts<4>) {
  for i in 0..<8 { store(.zero, to: tile.sums + i &* vectorBytes) }
  let offsets = tile.list.bindMemory(to: Int32.self, capacity: listedGroupsMax &+ vectorWidth)
  let groupCount = tile.product.groupCount
  var first = 0
  while first < groupCount {
    let end = min(first &+ listedGroupsMax, groupCount)
    addGroups(tile, panels, at: offsets, listOffsets(tile, from: first, to: end, in: offsets))
    first = end
  }
}

/// - Returns: how many offsets were listed, in bytes from where the row begins.
@inline(__always)
private func listOffsets(
  _ tile: NarrowTile, from first: Int, to end: Int, in offsets: UnsafeMutablePointer<Int32>
) -> Int {
  let row = tile.input(0)
  var count = 0
  var group = first
  var next = counting &+ Integers(repeating: Int32(truncatingIfNeeded: groupBytes &* first))
  while group < end {
    let bits = vptestmd(vmovdqu32z(row + groupBytes &* group, mask(end &- group)))
    UnsafeMutableRawPointer(offsets + count).storeBytes(
      of: vpcompressd(next, bits), as: Integers.self)
    count &+= bits.nonzeroBitCount
    next &+= Integers(repeating: 64)
    group &+= vectorWidth
  }
  return count
}

/// The offsets of a vector of groups.
private var counting: Integers {
  @inline(__always) get { [0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60] }
}

@inline(__always)
private func addGroups(
  _ tile: NarrowTile, _ panels: Starts<4>, at offsets: UnsafePointer<Int32>, _ count: Int
) {
  let row = tile.input(0)
  var sums: Sums<8> = zeroSums()
  for i in 0..<8 { sums[i] = loadSum(tile.sums + i &* vectorBytes) }
  var index = 0
  while index < count {
    let offset = Int(offsets[index])
    // A byte of a row meets that many of a panel.
    multiplyGroup(broadcast(row + offset), panels, offset &* panelWidth, &sums)
    index &+= 1
  }
  for i in 0..<8 { store(sums[i], to: tile.sums + i &* vectorBytes) }
}
