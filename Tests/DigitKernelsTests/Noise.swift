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

/// Numbers at addresses that hold as long as this does, in whole cache lines.
final class TestMemory {
  private var blocks: [UnsafeMutableRawPointer] = []

  func copy(_ values: [Float]) -> UnsafeMutablePointer<Float> { block(values) }

  func copy(_ values: [Int]) -> UnsafePointer<Int32> {
    UnsafePointer(block(values.map(Int32.init)))
  }

  func copy(_ pointers: [UnsafeRawPointer]) -> UnsafePointer<UnsafeRawPointer> {
    UnsafePointer(block(pointers))
  }

  func bytes(_ values: [UInt8]) -> UnsafeMutablePointer<UInt8> { block(values) }

  func bytes(_ count: Int, filledWith byte: UInt8) -> UnsafeMutablePointer<UInt8> {
    block([UInt8](repeating: byte, count: count))
  }

  func shorts(_ count: Int) -> UnsafeMutablePointer<Int16> {
    block([Int16](repeating: 0, count: count))
  }

  func shorts(_ values: [UInt16]) -> UnsafeMutablePointer<UInt16> { block(values) }

  private func block<Number>(_ values: [Number]) -> UnsafeMutablePointer<Number> {
    let byteCount = max(1, values.count * MemoryLayout<Number>.stride)
    let block = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
    blocks.append(block)
    return block.initializeMemory(as: Number.self, from: values, count: values.count)
  }

  deinit { for block in blocks { block.deallocate() } }
}
