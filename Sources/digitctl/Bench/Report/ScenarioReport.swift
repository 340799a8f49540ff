import DigitLoad

/// A scenario's figure.
struct ScenarioReport: Encodable {
  let name: String
  let figure: String
  let value: Double
  /// Whether the server scenario kept its bound; nil for the others.
  let isKept: Bool?
  let hasFullLength: Bool

  enum CodingKeys: String, CodingKey {
    case name, figure, value
    case isKept = "kept"
    case hasFullLength = "full_length"
  }

  init(_ scenario: Scenario, _ result: ScenarioResult) {
    name = scenario.rawValue
    hasFullLength = result.hasFullLength
    switch result.figure {
    case .latency(let percentile, let microseconds):
      (figure, value, isKept) = ("p\(Int(percentile * 100))_us", microseconds, nil)
    case .samplesPerSecond(let rate): (figure, value, isKept) = ("samples_per_second", rate, nil)
    case .poissonRate(let rate, let isKept):
      (figure, value, self.isKept) = ("poisson_rate", rate, isKept)
    }
  }
}
