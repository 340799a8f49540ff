// Nothing but products that are summed up, in as many registers as the multiplying kernels sum in:
// the rates that no kernel exceeds.

/// - Parameter result: one vector, so that the work has an outcome.
/// - Returns: how many multiplications and additions of elements that were.
@inline(never)
package func multiplyAtPeak(rounds: Int, result: UnsafeMutablePointer<Float>) -> Int {
  var sums: Sums<24> = zeroSums()
  let factors = Integers(repeating: Int32(truncatingIfNeeded: rounds))
  for _ in 0..<rounds {
    for i in 0..<24 { sums[i] = multiplyAdd(sums[i], factors, factors) }
  }
  return finish(sums, result, 2 &* rounds &* 24 &* vectorBytes / elementBytes)
}

/// The same with Winograd's points.
@inline(never)
package func multiplyPointsAtPeak(rounds: Int, result: UnsafeMutablePointer<Float>) -> Int {
  var sums: Sums<24> = zeroSums()
  let factors = Integers(repeating: Int32(truncatingIfNeeded: rounds))
  for _ in 0..<rounds {
    for i in 0..<24 { sums[i] = multiplyAddPoints(sums[i], factors, factors) }
  }
  return finish(sums, result, 2 &* rounds &* 24 &* vectorBytes / pointBytes)
}

@inline(__always)
private func finish(
  _ sums: Sums<24>, _ result: UnsafeMutablePointer<Float>, _ operations: Int
) -> Int {
  var largest = Sum.zero
  for i in 0..<24 { largest = maximum(largest, sums[i]) }
  store(largest, to: UnsafeMutableRawPointer(result))
  return operations
}
