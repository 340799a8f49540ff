import DigitLoad
import Measure
import PlainText

/// What a search for the highest rate found.
struct SearchReport: Encodable {
  /// One try of a rate.
  struct Try: Encodable {
    let rate: Double
    let verdict: RateSearch.Verdict
    /// Microseconds; nil where nothing was answered.
    let figure: Double?
    let requestsPerSecond: Double
    let accuracy: Double?

    private enum CodingKeys: String, CodingKey {
      case rate, accuracy, kept, valid
      case figure = "figure_us"
      case requestsPerSecond = "requests_per_second"
    }

    init(_ run: LoadRun, _ rate: Double, _ verdict: RateSearch.Verdict, _ level: ServiceLevel) {
      let measured = run.outcome.measured
      (self.rate, self.verdict) = (rate, verdict)
      figure = measured.answered > 0 ? level.figure(of: measured.latencies) : nil
      requestsPerSecond = run.outcome.requestsPerSecond
      accuracy = measured.accuracy
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(rate, forKey: .rate)
      try container.encode(verdict == .kept, forKey: .kept)
      try container.encode(verdict != .invalid, forKey: .valid)
      try container.encode(figure, forKey: .figure)
      try container.encode(requestsPerSecond, forKey: .requestsPerSecond)
      try container.encodeIfPresent(accuracy, forKey: .accuracy)
    }

    /// For progress.
    func line(_ level: ServiceLevel, _ run: LoadRun) -> String {
      let figure = figure.map { "\(level.statistic) \(latencyText(microseconds: $0))" }
      let verdict =
        switch verdict {
        case .kept: "kept"
        case .missed: "missed"
        case .invalid: "INVALID: \(run.invalidText)"
        }
      return "\(rateText(rate)) requests/s: \(figure ?? "no answers"), \(verdict)"
    }
  }

  let level: ServiceLevel
  var tries: [Try] = []
  /// Nil where the search was ended before it knew.
  var result: RateSearch.Result?

  private enum CodingKeys: String, CodingKey {
    case slo, knee, tries, decided
    case maxRate = "max_rate"
    case missedAt = "broken_at"
    case undecidedAt = "undecided_at"
    case isLimitedByClient = "limited_by_client"
  }

  init(_ level: ServiceLevel) { self.level = level }

  /// Whether a highest rate was found, and nothing is left open above it.
  var isDecided: Bool { result?.kept != nil && result?.undecided == nil }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(level.argument, forKey: .slo)
    try container.encode(result != nil && result?.undecided == nil, forKey: .decided)
    try container.encodeIfPresent(result?.kept, forKey: .maxRate)
    try container.encodeIfPresent(result?.missed, forKey: .missedAt)
    try container.encodeIfPresent(result?.undecided, forKey: .undecidedAt)
    try container.encodeIfPresent(kneeRate, forKey: .knee)
    try container.encode(result?.undecided != nil, forKey: .isLimitedByClient)
    try container.encode(tries, forKey: .tries)
  }

  /// The median of a rate's valid tries counts.
  private var kneeRate: Double? {
    let byRate = Dictionary(grouping: tries.filter { $0.verdict != .invalid }, by: \.rate)
    let points = byRate.compactMap { rate, tries in
      let figures = tries.compactMap(\.figure).sorted()
      return figures.isEmpty ? nil : (x: rate, y: figures[figures.count / 2])
    }
    return knee(of: points).map { points[$0].x }
  }

  var text: String {
    let accuracy = tries.compactMap(\.accuracy).min().map { "\(percent($0)) at least" }
    return table([
      ["highest rate", rate],
      ["knee", kneeRate.map { "about \(rateText($0)) requests/s" } ?? "none seen"],
      ["tries", "\(tries.count)"], ["accuracy", accuracy ?? "unknown"],
    ])
  }

  private var rate: String {
    guard let result else { return "could not decide: the search ended early" }
    let kept = result.kept.map { "\(rateText($0)) requests/s with \(level.argument)" }
    if let undecided = result.undecided {
      let advice =
        "could not decide at \(rateText(undecided)): the client could not keep the schedule in too "
        + "many tries; give it more of the machine or more --threads"
      return kept.map { "at least \($0); \(advice)" }
        ?? "\(advice), or start lower with --rate"
    }
    let missed = result.missed.map { "; not at \(rateText($0))" } ?? ""
    return (kept ?? "none with \(level.argument)") + missed
  }
}
