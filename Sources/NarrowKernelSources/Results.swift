import CVectorInstructions
import KernelInterface

/// Stores those of 16 results whose bits are set, `offset` elements behind `target`.
@inline(__always)
func storeResults(
  _ results: Floats, _ kind: NarrowFinish.Result, _ target: UnsafeMutableRawPointer,
  offset: Int, _ lanes: UInt16
) {
  switch kind {
  case .floats: vmovups(target + 4 &* offset, results, lanes)
  case .narrow: storeNarrow(results, to: target + offset &* elementBytes, lanes)
  }
}

/// Floats to elements: value / scale + zero point, to the nearest that there is.
@inline(never)
package func quantize(
  _ values: UnsafePointer<Float>, _ quantization: Quantization,
  to elements: UnsafeMutableRawPointer, count: Int
) {
  let inverse = Floats(repeating: 1 / quantization.scale)
  let zero = Floats(repeating: Float(quantization.zeroPoint))
  var i = 0
  while i < count {
    let lanes = mask(count &- i)
    let x = vmovupsz(values + i, lanes)
    let result = limited(zero.addingProduct(x, inverse))
    storeResults(result, .narrow, elements, offset: i, lanes)
    i &+= vectorWidth
  }
}
