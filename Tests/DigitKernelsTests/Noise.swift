import DigitKernels

/// Repeatable values in −1…1 (a linear congruential generator, Numerical Recipes).
func noise(_ count: Int, seed: UInt32) -> [Float] {
  var state = seed &* 2_654_435_761 &+ 1
  return (0..<count).map { _ in
    state = state &* 1_664_525 &+ 1_013_904_223
    return Float(state >> 8) / Float(1 << 23) - 1
  }
}

/// The largest distance between two arrays; infinite where either is not a number.
func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
  precondition(a.count == b.count)
  return zip(a, b).reduce(0) { worst, pair in
    let distance = abs(pair.0 - pair.1)
    return distance.isNaN ? .infinity : max(worst, distance)
  }
}

func withScratch(_ body: (UnsafeMutableRawPointer) -> Void) {
  let scratch = UnsafeMutableRawPointer.allocate(
    byteCount: KernelTable.multiplyScratchByteCount, alignment: 64)
  defer { scratch.deallocate() }
  body(scratch)
}

/// Floats at addresses that hold as long as this does.
final class TestMemory {
  private var blocks: [UnsafeMutablePointer<Float>] = []

  func copy(_ values: [Float]) -> UnsafeMutablePointer<Float> {
    let block = UnsafeMutablePointer<Float>.allocate(capacity: values.count)
    block.initialize(from: values, count: values.count)
    blocks.append(block)
    return block
  }

  deinit { for block in blocks { block.deallocate() } }
}
