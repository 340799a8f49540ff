import DigitWire
import Measure
import PlainText

/// A server's figures at one moment, with what they rose by a second since an earlier one.
struct Figures {
  struct Row {
    let name: String
    let value: UInt64
    /// Nil for a gauge, and where there is nothing to compare with.
    let rate: Double?
  }

  let uptimeSeconds: Double
  let rows: [Row]
  let models: [ModelReading]

  /// Figures that a restarted server counts anew have no rates: time ran backwards.
  init(_ now: StatsReply, since earlier: StatsReply?) {
    uptimeSeconds = Double(now.uptimeMicroseconds) / 1_000_000
    models = now.models.map(ModelReading.init)
    let earlier = earlier.flatMap { $0.uptimeMicroseconds < now.uptimeMicroseconds ? $0 : nil }
    let seconds = earlier.map { Double(now.uptimeMicroseconds - $0.uptimeMicroseconds) / 1_000_000 }
    let values = Dictionary(
      earlier?.entries.map { ($0.name, $0.value) } ?? [], uniquingKeysWith: { first, _ in first })
    rows = now.entries.map { entry in
      var rate: Double?
      if entry.kind == .counter, let before = values[entry.name], before <= entry.value, let seconds
      {
        rate = Double(entry.value - before) / seconds
      }
      return Row(name: entry.name, value: entry.value, rate: rate)
    }
  }

  var text: String {
    let hasRates = rows.contains { $0.rate != nil }
    return table(
      [["FIGURE", "VALUE"] + (hasRates ? ["PER SECOND"] : [])]
        + rows.map { row in
          let unit = Unit(of: row.name)
          let name = unit.bareName(row.name).split(separator: "_").joined(separator: " ")
          let rate = row.rate.map { unit.text($0) } ?? ""
          return [name, unit.text(Double(row.value))] + (hasRates ? [rate] : [])
        })
  }
}

/// What a figure counts, by the last word of its name.
private enum Unit: String {
  case microseconds
  case bytes
  case things

  init(of name: String) {
    self = name.split(separator: "_").last.flatMap { Unit(rawValue: String($0)) } ?? .things
  }

  func bareName(_ name: String) -> String {
    self == .microseconds ? String(name.dropLast("_microseconds".count)) : name
  }

  func text(_ value: Double) -> String {
    switch self {
    case .microseconds: value == 0 ? "0" : latencyText(microseconds: value)
    case .bytes: byteText(value)
    case .things: value.rounded() == value ? fixed(value, 0) : fixed(value, 1)
    }
  }
}

/// "850 B", "12.3 kB", "4.6 GB": powers of ten.
private func byteText(_ count: Double) -> String {
  let units = ["B", "kB", "MB", "GB", "TB"]
  var scaled = count
  var index = 0
  while scaled >= 999.95, index < units.count - 1 {
    scaled /= 1_000
    index += 1
  }
  return "\(fixed(scaled, index == 0 ? 0 : 1)) \(units[index])"
}

extension Figures: Encodable {
  private enum CodingKeys: String, CodingKey {
    case uptime = "uptime_seconds"
    case figures
    case rates = "per_second"
    case models
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(uptimeSeconds, forKey: .uptime)
    let values = Dictionary(rows.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    try container.encode(values, forKey: .figures)
    if !models.isEmpty { try container.encode(models, forKey: .models) }
    let rates = rows.compactMap { row in row.rate.map { (row.name, $0) } }
    guard !rates.isEmpty else { return }
    try container.encode(Dictionary(rates, uniquingKeysWith: { $1 }), forKey: .rates)
  }
}
