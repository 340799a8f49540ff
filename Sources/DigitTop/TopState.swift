import DigitWire

/// What a person who watches a server knows of it: the last two readings, and images a second
/// further back.
package struct TopState: Sendable {
  package enum Contact: Equatable, Sendable {
    case answering
    /// It does not answer now; what is shown is old.
    case lost(reason: String)
  }

  package struct Key: Hashable, Sendable {
    let name: String
    let version: UInt32
  }

  package let address: String
  package private(set) var contact = Contact.answering
  package private(set) var last: StatsReply?
  package private(set) var models: [ModelActivity] = []
  /// What a counter rose by in a second, by name.
  package private(set) var rates: [String: Double] = [:]
  /// Images a second at each reading, the last at the end.
  private var histories: [Key: [Double]] = [:]

  private static let historyMax = 200

  package init(address: String) { self.address = address }

  package mutating func take(_ reply: StatsReply) {
    // Time ran backwards where another server answers.
    let earlier = last.flatMap { $0.uptimeMicroseconds < reply.uptimeMicroseconds ? $0 : nil }
    let microseconds = reply.uptimeMicroseconds - (earlier?.uptimeMicroseconds ?? 0)
    let seconds = Double(microseconds) / 1_000_000
    models = reply.models.map { model in
      let before = earlier?.models.first { $0.name == model.name && $0.version == model.version }
      return ModelActivity(model, since: before, seconds: seconds)
    }
    rates = Self.rates(reply, since: earlier, seconds: seconds)
    for model in models {
      let key = Key(name: model.name, version: model.version)
      histories[key] = ((histories[key] ?? []) + [model.images]).suffix(Self.historyMax)
    }
    let kept = Set(models.map { Key(name: $0.name, version: $0.version) })
    histories = histories.filter { kept.contains($0.key) }
    (last, contact) = (reply, .answering)
  }

  package mutating func lose(_ reason: String) { contact = .lost(reason: reason) }

  package func history(of model: ModelActivity) -> [Double] {
    histories[Key(name: model.name, version: model.version)] ?? []
  }

  package func value(_ name: String) -> UInt64? {
    last?.entries.first { $0.name == name }?.value
  }

  private static func rates(
    _ now: StatsReply, since earlier: StatsReply?, seconds: Double
  ) -> [String: Double] {
    let before = Dictionary(
      earlier?.entries.map { ($0.name, $0.value) } ?? [], uniquingKeysWith: { $1 })
    var rates: [String: Double] = [:]
    for entry in now.entries where entry.kind == .counter && seconds > 0 {
      rates[entry.name] =
        Double(entry.value - min(before[entry.name] ?? 0, entry.value)) / seconds
    }
    return rates
  }
}
