import CVectorInstructions
import KernelInterface

/// Stores those of 16 results whose bits are set, `offset` elements behind `target`.
@inline(__always)
func store(
  _ results: Floats, _ kind: Requantization.Result, _ target: UnsafeMutableRawPointer,
  offset: Int, _ lanes: UInt16
) {
  switch kind {
  case .floats: vmovups(target + 4 &* offset, results, lanes)
  case .bytes: vpmovusdb(target + offset, vcvtps2dq(results), lanes)
  }
}

/// Floats to bytes: value / scale + zero point, to the nearest within 0…255.
@inline(never)
package func quantize(
  _ values: UnsafePointer<Float>, _ quantization: Quantization,
  to bytes: UnsafeMutablePointer<UInt8>, count: Int
) {
  let inverse = Floats(repeating: 1 / quantization.scale)
  let zero = Floats(repeating: Float(quantization.zeroPoint))
  var i = 0
  while i < count {
    let left = min(vectorWidth, count &- i)
    var x = Floats.zero
    if left == vectorWidth {
      x = load(values + i)
    } else {
      for lane in 0..<left { x[lane] = values[i &+ lane] }
    }
    let result = maximum(zero.addingProduct(x, inverse), .zero)
    store(result, .bytes, bytes, offset: i, mask(left))
    i &+= vectorWidth
  }
}
