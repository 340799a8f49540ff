/// Where a rate lies with 95 % confidence, after so many of so many trials succeeded.
///
/// E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", Journal
/// of the American Statistical Association 22 (1927). Unlike ± 1.96 standard errors it stays
/// within 0…1, and tells something where every trial succeeded or none.
package struct WilsonInterval: Equatable, Sendable, Codable {
  package let lower: Double
  package let upper: Double

  /// The 97.5th percentile of the normal distribution.
  private static let z = 1.959_963_984_540_054

  /// - Precondition: 0 ≤ successes ≤ trials, and trials > 0.
  package init(successes: Int, trials: Int) {
    precondition(trials > 0 && (0...trials).contains(successes))
    let n = Double(trials)
    let rate = Double(successes) / n
    let zz = Self.z * Self.z
    let centre = rate + zz / (2 * n)
    let reach = Self.z * (rate * (1 - rate) / n + zz / (4 * n * n)).squareRoot()
    // At the ends the formula gives 0 and 1, but for rounding.
    lower = successes == 0 ? 0 : (centre - reach) / (1 + zz / n)
    upper = successes == trials ? 1 : (centre + reach) / (1 + zz / n)
  }
}
