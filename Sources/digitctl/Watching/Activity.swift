import Measure
import PlainText

/// What a server's figures of one interval come to, for who wants to know how it fares.
struct Activity {
  private let rates: [String: Double]
  private let values: [String: UInt64]

  init(_ figures: Figures) {
    rates = Dictionary(
      figures.rows.compactMap { row in row.rate.map { (row.name, $0) } },
      uniquingKeysWith: { $1 })
    values = Dictionary(
      figures.rows.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
  }

  var text: String {
    table([
      ["requests", rate("requests_received"), "refused", rate("requests_refused")],
      ["images", rate("images_inferred"), "batches", rate("batches_executed")],
      ["images a batch", ratio("images_inferred", "batches_executed"), "workers busy", busy],
      ["in flight", value("requests_in_flight"), "images queued", value("images_queued")],
      ["connections", value("connections_open"), "accepted", rate("connections_accepted")],
    ])
  }

  private func rate(_ name: String) -> String {
    rates[name].map { "\(fixed($0, $0 < 10 ? 1 : 0))/s" } ?? "–"
  }

  private func value(_ name: String) -> String { values[name].map { "\($0)" } ?? "–" }

  private func ratio(_ above: String, _ below: String) -> String {
    guard let above = rates[above], let below = rates[below], below > 0 else { return "–" }
    return fixed(above / below, 1)
  }

  /// Seconds of computing in a second: 2.00 are two busy workers.
  private var busy: String {
    rates["compute_time_total_microseconds"].map { fixed($0 / 1_000_000, 2) } ?? "–"
  }
}
