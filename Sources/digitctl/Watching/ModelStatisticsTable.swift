import DigitTop
import DigitWire
import Measure
import PlainText

/// What a server has done with each model, as tables for people.
struct ModelStatisticsTable {
  let models: [ModelStatistics]
  /// Percentiles are of what has come since; of all since the server began where it is nil.
  let earlier: [ModelStatistics]?

  /// Empty where the server tells nothing of its models.
  var text: String {
    guard !models.isEmpty else { return "" }
    let names = [
      "MODEL", "ANSWERED", "OTHERS", "IMAGES", "BATCHES", "QUEUED", "P50", "P90", "P99",
      "QUEUE P99", "COMPUTE P99",
    ]
    let table = Table(names: names, rows: models.map(row)).text
    let sheds = models.flatMap(shedRows)
    guard !sheds.isEmpty else { return "\n" + table }
    return "\n" + table + "\n" + Table(names: ["MODEL", "SHED", "REQUESTS"], rows: sheds).text
  }

  private func row(_ model: ModelStatistics) -> [String] {
    let before = earlier?.first { $0.name == model.name && $0.version == model.version }
    func sum(_ isCounted: (String) -> Bool) -> String {
      "\(model.entries.reduce(0) { $0 + (isCounted($1.name) ? $1.value : 0) })"
    }
    func quantiles(_ name: String) -> Quantiles? {
      Quantiles(
        model.histograms.first { $0.name == name },
        since: before?.histograms.first { $0.name == name })
    }
    let total = quantiles("total_nanoseconds")
    return [
      label(model), sum { $0 == "requests_answered" }, sum(ModelActivity.isOfUnanswered),
      sum { $0 == "images" }, sum { $0 == "batches" }, sum { $0 == "images_queued" },
      time(total?.p50), time(total?.p90), time(total?.p99),
      time(quantiles("queue_nanoseconds")?.p99), time(quantiles("compute_nanoseconds")?.p99),
    ]
  }

  /// Of the reasons that there were.
  private func shedRows(_ model: ModelStatistics) -> [[String]] {
    model.entries.compactMap { entry in
      guard entry.name.hasPrefix(ModelActivity.shedPrefix), entry.value > 0 else { return nil }
      let reason = entry.name.dropFirst(ModelActivity.shedPrefix.count)
      return [label(model), reason.split(separator: "_").joined(separator: " "), "\(entry.value)"]
    }
  }

  private func label(_ model: ModelStatistics) -> String { "\(model.name) v\(model.version)" }

  private func time(_ nanoseconds: UInt64?) -> String {
    guard let nanoseconds else { return "–" }
    return nanoseconds == .max ? "∞" : latencyText(microseconds: Double(nanoseconds) / 1_000)
  }
}

/// The same for programs.
struct ModelReading: Encodable {
  struct Histogram: Encodable {
    struct Bucket: Encodable {
      /// Absent for none.
      let upperBound: UInt64?
      let count: UInt64

      private enum CodingKeys: String, CodingKey {
        case upperBound = "upper_bound"
        case count
      }
    }

    let sum: UInt64
    let buckets: [Bucket]
  }

  let name: String
  let version: UInt32
  let figures: [String: UInt64]
  let histograms: [String: Histogram]

  init(_ model: ModelStatistics) {
    name = model.name
    version = model.version
    figures = Dictionary(
      model.entries.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    histograms = Dictionary(
      model.histograms.map { histogram in
        let buckets = histogram.buckets.map {
          Histogram.Bucket(
            upperBound: $0.upperBound == .max ? nil : $0.upperBound, count: $0.count)
        }
        return (histogram.name, Histogram(sum: histogram.sum, buckets: buckets))
      }, uniquingKeysWith: { first, _ in first })
  }
}
