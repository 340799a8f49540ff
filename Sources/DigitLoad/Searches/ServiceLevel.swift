import Measure

/// A bound that latency has to keep: "p99<5ms".
package struct ServiceLevel: Sendable, Equatable {
  package enum Statistic: Sendable, Equatable {
    /// As a fraction, 0…1.
    case percentile(Double)
    case mean
    case maximum
  }

  package let statistic: Statistic
  package let bound: Duration

  package init(_ statistic: Statistic, below bound: Duration) {
    self.statistic = statistic
    self.bound = bound
  }

  /// In microseconds.
  package func figure(of latencies: LatencyHistogram) -> Double {
    switch statistic {
    case .percentile(let part): Double(latencies.percentileNanoseconds(part)) / 1_000
    case .mean: latencies.meanNanoseconds / 1_000
    case .maximum: Double(latencies.maximumNanoseconds) / 1_000
    }
  }

  /// Where nothing was answered nothing is kept.
  package func isMet(by latencies: LatencyHistogram) -> Bool {
    latencies.count > 0 && figure(of: latencies) < bound.microseconds
  }

  /// Whether a load kept it, answering every request.
  package func isMet(by outcome: LoadOutcome) -> Bool {
    outcome.isComplete && outcome.neverSent == 0 && isMet(by: outcome.measured.latencies)
  }
}

extension ServiceLevel.Statistic {
  /// Reads "p50", "p99.9", "mean" or "max".
  package init?(_ text: some StringProtocol) {
    switch text {
    case "mean": self = .mean
    case "max": self = .maximum
    default:
      guard text.hasPrefix("p"), let percent = Double(text.dropFirst()), percent > 0,
        percent <= 100
      else { return nil }
      // 99.9 / 100 is not 0.999 in binary fractions, but this is.
      self = .percentile((percent * 100_000).rounded() / 10_000_000)
    }
  }
}

extension ServiceLevel.Statistic: CustomStringConvertible {
  package var description: String {
    switch self {
    case .mean: return "mean"
    case .maximum: return "max"
    case .percentile(let part):
      // Thousandths of a per cent hide what binary fractions leave behind.
      let percent = (part * 100_000).rounded() / 1_000
      let text = "\(percent)"
      return "p" + (text.hasSuffix(".0") ? String(text.dropLast(2)) : text)
    }
  }
}
