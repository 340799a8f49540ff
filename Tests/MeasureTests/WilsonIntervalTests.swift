import Measure
import Testing

/// As Python computes the formula.
@Test(arguments: [
  (0, 10, 0, 0.277_533), (9, 10, 0.595_850, 0.982_124), (10, 10, 0.722_467, 1),
  (9_910, 10_000, 0.988_951, 0.992_672),
])
func `Wilson's interval holds the rate and stays within 0 and 1`(
  successes: Int, trials: Int, lower: Double, upper: Double
) {
  let interval = WilsonInterval(successes: successes, trials: trials)
  #expect(abs(interval.lower - lower) < 1e-6)
  #expect(abs(interval.upper - upper) < 1e-6)
}
