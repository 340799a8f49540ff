import DigitWire

/// What a server did with one version of a model between two readings.
package struct ModelActivity: Equatable, Sendable {
  package let name: String
  package let version: UInt32
  /// By a second.
  package let requests: Double
  package let images: Double
  /// Requests that were not answered, whatever the reason.
  package let unanswered: Double
  package let total: Quantiles?
  package let queue: Quantiles?
  package let compute: Quantiles?

  /// Of these, and of no others, statistics tell why requests were too much.
  package static let shedPrefix = "requests_shed_"

  /// Whether a statistic counts requests that were not answered.
  package static func isOfUnanswered(_ name: String) -> Bool {
    name.hasPrefix("requests_") && name != "requests_answered" && !name.hasPrefix(shedPrefix)
  }

  /// - Parameters:
  ///   - earlier: nil for all since the server began.
  ///   - seconds: between the two.
  package init(_ now: ModelStatistics, since earlier: ModelStatistics?, seconds: Double) {
    func rate(_ isCounted: (String) -> Bool) -> Double {
      func sum(_ model: ModelStatistics?) -> UInt64 {
        (model?.entries ?? []).reduce(0) { $0 + (isCounted($1.name) ? $1.value : 0) }
      }
      let (after, before) = (sum(now), sum(earlier))
      return seconds > 0 ? Double(after - min(before, after)) / seconds : 0
    }
    func quantiles(_ name: String) -> Quantiles? {
      Quantiles(
        now.histograms.first { $0.name == name },
        since: earlier?.histograms.first { $0.name == name })
    }
    name = now.name
    version = now.version
    requests = rate { $0 == "requests_answered" || Self.isOfUnanswered($0) }
    images = rate { $0 == "images" }
    unanswered = rate(Self.isOfUnanswered)
    total = quantiles("total_nanoseconds")
    queue = quantiles("queue_nanoseconds")
    compute = quantiles("compute_nanoseconds")
  }
}
