import KernelInterface

/// V = Bᵀ d B for every channel of the 6 × 6 pixels d that each tile of the strip reads.
@inline(never)
func transformInputs(_ strip: WinogradStrip) {
  let source = strip.convolution.source
  for tile in 0..<strip.count {
    let (pointer, rows, columns) = strip.patch(at: strip.positions[tile])
    var patch = pointer
    var rowStride = source.rowStride
    if rows < 6 || columns < 6 {
      copyPatch(patch, rows: min(6, rows), columns: min(6, columns), strip)
      patch = UnsafePointer(strip.patch)
      rowStride = 6 &* source.channels
    }
    transformPatch(patch, rowStride: rowStride, strip, to: strip.inputs + tile &* strip.channels)
  }
}

@inline(__always)
private func transformPatch(
  _ patch: UnsafePointer<Float>, rowStride: Int, _ strip: WinogradStrip,
  to target: UnsafeMutablePointer<Float>
) {
  let pixelStride = strip.convolution.source.channels
  let pointStride = strip.inputPointStride
  let lines = strip.lines
  var channel = 0
  while channel < strip.channels {
    for x in 0..<6 {
      transformInputLine(
        patch + x &* pixelStride + channel, stride: rowStride, to: lines + x &* vectorWidth,
        stride: 6 &* vectorWidth)
    }
    for y in 0..<6 {
      transformInputLine(
        UnsafePointer(lines) + 6 &* y &* vectorWidth, stride: vectorWidth,
        to: target + 6 &* y &* pointStride + channel, stride: pointStride)
    }
    channel &+= vectorWidth
  }
}

/// Bᵀ times six vectors:
///
///     4  0 −5  0  1  0
///     0 −4 −4  1  1  0
///     0  4 −4 −1  1  0
///     0 −2 −1  2  1  0
///     0  2 −1 −2  1  0
///     0  4  0 −5  0  1
@inline(__always)
private func transformInputLine(
  _ source: UnsafePointer<Float>, stride: Int, to target: UnsafeMutablePointer<Float>,
  stride targetStride: Int
) {
  let four = Vector(repeating: 4)
  let minusFour = Vector(repeating: -4)
  let minusFive = Vector(repeating: -5)
  let d1 = load(source + stride)
  let d2 = load(source + 2 &* stride)
  let d3 = load(source + 3 &* stride)
  let d4 = load(source + 4 &* stride)
  store(
    multiplyAdd(multiplyAdd(d4, d2, minusFive), load(source), four), to: target)
  let even = multiplyAdd(d4, d2, minusFour)
  let odd = multiplyAdd(d3, d1, minusFour)
  store(even + odd, to: target + targetStride)
  store(even - odd, to: target + 2 &* targetStride)
  let difference = d4 - d2
  let slope = d3 - d1
  let twice = slope + slope
  store(difference + twice, to: target + 3 &* targetStride)
  store(difference - twice, to: target + 4 &* targetStride)
  store(
    multiplyAdd(multiplyAdd(load(source + 5 &* stride), d3, minusFive), d1, four),
    to: target + 5 &* targetStride)
}

/// Copies the part of a patch that lies within the map, with zeros around it: what lies beyond
/// must not count, not even by its rounding.
@inline(never)
private func copyPatch(
  _ source: UnsafePointer<Float>, rows: Int, columns: Int, _ strip: WinogradStrip
) {
  let channels = strip.convolution.source.channels
  for y in 0..<6 {
    let from = source + y &* strip.convolution.source.rowStride
    let row = strip.patch + y &* 6 &* channels
    let count = y < rows ? columns &* channels : 0
    for i in 0..<count { row[i] = from[i] }
    for i in count..<(6 &* channels) { row[i] = 0 }
  }
}
