extension Duration {
  /// Whole nanoseconds; zero for negative durations, the largest value for those beyond 584 years.
  package var wholeNanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
    return overflow ? .max : whole + UInt64(attoseconds) / 1_000_000_000
  }

  /// The duration in microseconds, with its fraction.
  package var microseconds: Double { Double(wholeNanoseconds) / 1_000 }
}
