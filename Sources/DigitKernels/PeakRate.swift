extension KernelTable {
  /// Multiplications and additions a second that a core reaches with these vectors when it does
  /// nothing else: the best of many short windows, because others use the machine too.
  ///
  /// One roof of a roofline (S. Williams, A. Waterman and D. Patterson, "Roofline: An Insightful
  /// Visual Performance Model", CACM 52, 2009).
  package func measuredPeakRate(windowCount: Int = 100) -> Double {
    let result = UnsafeMutablePointer<Float>.allocate(capacity: panels.vectorWidth)
    defer { result.deallocate() }
    let rates = (0..<windowCount).map { _ in
      let start = ContinuousClock.now
      let operations = multiplyAddAtPeak(20_000, result)
      return Double(operations) / ((ContinuousClock.now - start) / .seconds(1))
    }
    return rates.max() ?? 0
  }
}
