extension KernelTable {
  /// Multiplications and additions a second that a core reaches with these vectors when it does
  /// nothing else: the best of many short windows, because others use the machine too.
  ///
  /// One roof of a roofline (S. Williams, A. Waterman and D. Patterson, "Roofline: An Insightful
  /// Visual Performance Model", CACM 52, 2009).
  package func measuredPeakRate(windowCount: Int = 100) -> Double {
    bestRate(windowCount, vectorWidth: panels.vectorWidth, multiplyAddAtPeak)
  }
}

extension NarrowKernels {
  /// The same for products of elements, and for those of Winograd's points.
  package func measuredPeakRates(windowCount: Int = 100) -> (elements: Double, points: Double) {
    (
      bestRate(windowCount, vectorWidth: panels.vectorWidth, multiplyAtPeak),
      bestRate(windowCount, vectorWidth: panels.vectorWidth, multiplyPointsAtPeak)
    )
  }
}

private func bestRate(
  _ windowCount: Int, vectorWidth: Int, _ multiply: (Int, UnsafeMutablePointer<Float>) -> Int
) -> Double {
  let result = UnsafeMutablePointer<Float>.allocate(capacity: vectorWidth)
  defer { result.deallocate() }
  let rates = (0..<windowCount).map { _ in
    let start = ContinuousClock.now
    let operations = multiply(20_000, result)
    return Double(operations) / ((ContinuousClock.now - start) / .seconds(1))
  }
  return rates.max() ?? 0
}
