import DigitLoad
import DigitReport
import Measure
import PlainText

extension LoadRun {
  /// What a load comes to, by what decides over the exit status.
  func verdict(_ level: ServiceLevel?) -> Verdict {
    if !isValid { return Verdict(.invalid, "INVALID", invalidText) }
    let shortfalls = outcome.shortfalls
    guard shortfalls.isEmpty else {
      return Verdict(.failed, "Incomplete", shortfalls.joined(separator: ". "))
    }
    guard let level else { return Verdict(.passed, "Valid", "every request was answered") }
    let figure = latencyText(microseconds: level.figure(of: outcome.measured.latencies))
    let sentence = "expected \(level.argument), got \(level.statistic) \(figure)"
    return level.isMet(by: outcome.measured.latencies)
      ? Verdict(.passed, "Bound kept", sentence) : Verdict(.failed, "Bound missed", sentence)
  }

  /// Whether the load counts, and kept the bound.
  func keeps(_ level: ServiceLevel) -> Bool { isValid && level.isMet(by: outcome) }
}

/// What several loads come to together.
func sweepVerdict(
  _ loads: [(value: Double, run: LoadRun)], _ axis: SweepAxis, _ level: ServiceLevel?
) -> Verdict {
  let total = counted(axis.values.count, "load")
  let invalid = loads.count { !$0.run.isValid }
  guard invalid == 0 else { return Verdict(.invalid, "INVALID", "\(invalid) of \(total)") }
  let incomplete = axis.values.count - loads.count { $0.run.outcome.isComplete }
  guard incomplete == 0 else {
    return Verdict(.failed, "Incomplete", "\(incomplete) of \(total)")
  }
  guard let level else {
    return Verdict(.passed, "Valid", "every request of \(total) was answered")
  }
  let kept = loads.filter { $0.run.keeps(level) }
  guard let best = kept.max(by: { $0.run.outcome.imagesPerSecond < $1.run.outcome.imagesPerSecond })
  else { return Verdict(.failed, "Bound missed", "no load has \(level.argument)") }
  return Verdict(
    .passed, "Bound kept",
    "\(kept.count) of \(total) have \(level.argument), the fastest at \(axis.name.rawValue) "
      + "\(best.value.argument) with \(rateText(best.run.outcome.imagesPerSecond)) images/s")
}
