import CVectorInstructions
import KernelInterface

typealias Shorts = SIMD32<Int16>

/// V = Bᵀ d B for every channel of the 6 × 6 bytes d that each tile of the strip reads. (Their zero
/// point shows at one point only, where every result has the same share: the bias takes it off.)
@inline(never)
func transformInputs(_ strip: QuantizedStrip) {
  let source = strip.convolution.source
  for tile in 0..<strip.count {
    let place = strip.place(of: tile)
    let y = 4 &* place.row
    let x = 4 &* place.column
    let offset =
      place.image &* source.imageStride &+ y &* source.rowStride &+ x &* source.channels
    var patch = source.pointer + offset
    var rowStride = source.rowStride
    let rows = source.height &- y
    let columns = source.width &- x
    if rows < 6 || columns < 6 {
      copyPatch(patch, rows: min(6, rows), columns: min(6, columns), strip)
      patch = UnsafePointer(strip.patch)
      rowStride = 6 &* source.channels
    }
    let target = strip.inputs + tile &* strip.channels &* 2
    transformPatch(patch, rowStride: rowStride, strip, to: target)
  }
}

@inline(__always)
private func transformPatch(
  _ patch: UnsafePointer<UInt8>, rowStride: Int, _ strip: QuantizedStrip,
  to target: UnsafeMutableRawPointer
) {
  let source = strip.convolution.source
  let pointStride = strip.inputPointStride
  let lines = strip.lines
  var channel = 0
  while channel < strip.channels {
    for x in 0..<6 {
      let pixels = UnsafeRawPointer(patch + x &* source.channels + channel)
      transformLine(to: lines + x &* vectorBytes, stride: 6 &* vectorBytes) { row in
        vpmovzxbw((pixels + row &* rowStride).loadUnaligned(as: SIMD32<UInt8>.self))
      }
    }
    for y in 0..<6 {
      let line = UnsafeRawPointer(lines + 6 &* y &* vectorBytes)
      let points = target + 6 &* y &* pointStride + 2 &* channel
      transformLine(to: points, stride: pointStride) { x in
        (line + x &* vectorBytes).loadUnaligned(as: Shorts.self)
      }
    }
    channel &+= shortsPerVector
  }
}

/// Bᵀ times six vectors: see WinogradInput in KernelSources. Nothing overflows: the sizes of a
/// row's factors sum up to ten, and bytes pass it twice.
@inline(__always)
private func transformLine(
  to target: UnsafeMutableRawPointer, stride: Int, _ load: (Int) -> Shorts
) {
  let d1 = load(1)
  let d2 = load(2)
  let d3 = load(3)
  let d4 = load(4)
  let (fourD1, fourD2) = (d1 &<< two, d2 &<< two)
  store((load(0) &<< two) &- fourD2 &- d2 &+ d4, to: target)
  let even = d4 &- fourD2
  let odd = d3 &- fourD1
  store(even &+ odd, to: target + stride)
  store(even &- odd, to: target + 2 &* stride)
  let difference = d4 &- d2
  let slope = d3 &- d1
  let twice = slope &+ slope
  store(difference &+ twice, to: target + 3 &* stride)
  store(difference &- twice, to: target + 4 &* stride)
  store(fourD1 &- (d3 &<< two) &- d3 &+ load(5), to: target + 5 &* stride)
}

private var two: Shorts { @inline(__always) get { Shorts(repeating: 2) } }

@inline(__always)
private func store(_ shorts: Shorts, to target: UnsafeMutableRawPointer) {
  target.storeBytes(of: shorts, as: Shorts.self)
}

/// Copies the part of a patch that lies within the map, with zero points around it.
@inline(never)
private func copyPatch(
  _ source: UnsafePointer<UInt8>, rows: Int, columns: Int, _ strip: QuantizedStrip
) {
  let maps = strip.convolution.source
  for y in 0..<6 {
    let from = source + y &* maps.rowStride
    let row = strip.patch + y &* 6 &* maps.channels
    let count = y < rows ? columns &* maps.channels : 0
    for i in 0..<count { row[i] = from[i] }
    for i in count..<(6 &* maps.channels) { row[i] = maps.zeroPoint }
  }
}
