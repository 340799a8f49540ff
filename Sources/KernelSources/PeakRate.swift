/// Nothing but multiply-adds, in as many registers as the multiplying kernels sum in: the rate that
/// no kernel exceeds.
/// - Parameter result: one vector, so that the work has an outcome.
/// - Returns: how many multiplications and additions that were.
@inline(never)
package func multiplyAddAtPeak(rounds: Int, result: UnsafeMutablePointer<Float>) -> Int {
  var sums: WideSums = zeroSums()
  let count = sums.count
  // Different from the start, or one could stand for all.
  for i in 0..<sums.count { sums[i] = Vector(repeating: Float(i)) }
  let (half, one) = (Vector(repeating: 0.5), Vector(repeating: 1))
  for _ in 0..<rounds {
    for i in 0..<sums.count { sums[i] = multiplyAdd(one, sums[i], half) }
  }
  var total = Vector.zero
  for i in 0..<sums.count { total = total + sums[i] }
  store(total, to: result)
  return 2 &* rounds &* count &* vectorWidth
}
