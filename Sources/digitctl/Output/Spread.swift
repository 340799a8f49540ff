import Measure

/// A distribution in microseconds, as JSON.
struct Spread: Codable {
  let mean: Double
  let p50: Double
  let p90: Double
  let p99: Double
  let p999: Double
  let max: Double

  init(_ summary: LatencySummary) {
    mean = summary.meanMicroseconds
    p50 = summary.p50Microseconds
    p90 = summary.p90Microseconds
    p99 = summary.p99Microseconds
    p999 = summary.p999Microseconds
    max = summary.maximumMicroseconds
  }
}
