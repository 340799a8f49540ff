import CVectorInstructions

// Nothing but products that are summed up, in as many registers as the multiplying kernels sum in:
// the rates that no kernel exceeds.

/// - Parameter result: one vector, so that the work has an outcome.
/// - Returns: how many multiplications and additions of bytes that were.
@inline(never)
package func multiplyBytesAtPeak(rounds: Int, result: UnsafeMutablePointer<Float>) -> Int {
  var sums: Sums<24> = zeroSums()
  let factors = Integers(repeating: Int32(truncatingIfNeeded: rounds))
  for _ in 0..<rounds {
    for i in 0..<24 { sums[i] = vpdpbusd(sums[i], factors, factors) }
  }
  return finish(sums, result, 2 &* rounds &* 24 &* 64)
}

/// The same with integers of 16 bits.
@inline(never)
package func multiplyShortsAtPeak(rounds: Int, result: UnsafeMutablePointer<Float>) -> Int {
  var sums: Sums<24> = zeroSums()
  let factors = Integers(repeating: Int32(truncatingIfNeeded: rounds))
  for _ in 0..<rounds {
    for i in 0..<24 { sums[i] = vpdpwssd(sums[i], factors, factors) }
  }
  return finish(sums, result, 2 &* rounds &* 24 &* 32)
}

@inline(__always)
private func finish(
  _ sums: Sums<24>, _ result: UnsafeMutablePointer<Float>, _ operations: Int
) -> Int {
  var total = Integers.zero
  for i in 0..<24 { total = total &+ sums[i] }
  UnsafeMutableRawPointer(result).storeBytes(of: total, as: Integers.self)
  return operations
}
