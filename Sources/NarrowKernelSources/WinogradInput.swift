import CVectorInstructions
import KernelInterface

/// V = Bᵀ d B for every channel of the 6 × 6 elements d that each tile of the strip reads. (Their
/// zero point shows at one point only, where every result has the same share: the bias takes it
/// off.)
@inline(never)
func transformInputs(_ strip: NarrowStrip) {
  let source = strip.convolution.source
  for tile in 0..<strip.count {
    let (pointer, rows, columns) = strip.patch(at: strip.positions[tile])
    var patch = pointer
    var rowStride = source.rowStride
    if rows < 6 || columns < 6 {
      copyPatch(patch, rows: min(6, rows), columns: min(6, columns), strip)
      patch = UnsafeRawPointer(strip.patch)
      rowStride = 6 &* source.channels
    }
    let target = strip.inputs + tile &* strip.channels &* pointBytes
    transformPatch(patch, rowStride: rowStride &* elementBytes, strip, to: target)
  }
}

@inline(__always)
private func transformPatch(
  _ patch: UnsafeRawPointer, rowStride: Int, _ strip: NarrowStrip,
  to target: UnsafeMutableRawPointer
) {
  let channels = strip.convolution.source.channels
  let pointStride = strip.inputPointStride
  let lines = strip.lines
  var channel = 0
  while channel < strip.channels {
    for x in 0..<6 {
      let pixels = patch + (x &* channels &+ channel) &* elementBytes
      let line = lines + x &* vectorBytes
      transformLine(
        { loadLine(ofElements: pixels + $0 &* rowStride, count: channels &- channel) },
        { (line + 6 &* $0 &* vectorBytes).storeBytes(of: $1, as: Line.self) })
    }
    for y in 0..<6 {
      let line = UnsafeRawPointer(lines + 6 &* y &* vectorBytes)
      let points = target + 6 &* y &* pointStride + channel &* pointBytes
      transformLine(
        { (line + $0 &* vectorBytes).loadUnaligned(as: Line.self) },
        { storePoints($1, to: points + $0 &* pointStride) })
    }
    channel &+= lineChannels
  }
}

/// Copies the part of a patch that lies within the map, with zero points around it.
@inline(never)
private func copyPatch(
  _ source: UnsafeRawPointer, rows: Int, columns: Int, _ strip: NarrowStrip
) {
  let maps = strip.convolution.source
  let zero = element(maps.zeroPoint)
  for y in 0..<6 {
    let from = source.assumingMemoryBound(to: Element.self) + y &* maps.rowStride
    let row = strip.patch + y &* 6 &* maps.channels
    let count = y < rows ? columns &* maps.channels : 0
    for i in 0..<count { row[i] = from[i] }
    for i in count..<(6 &* maps.channels) { row[i] = zero }
  }
}
