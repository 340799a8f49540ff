/// The texts in which metrics are exposed.
package enum ExpositionFormat: Equatable, Sendable {
  /// Prometheus' text format, version 0.0.4: for whoever asks for nothing else.
  case prometheus
  /// OpenMetrics 1.0.0.
  case openMetrics

  package var contentType: String {
    switch self {
    case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
    case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
    }
  }

  /// What a client prefers (RFC 9110, section 12.5.1). Prometheus' text where it prefers neither,
  /// or wants neither: a scrape in the wrong format says more than a refusal.
  /// - Parameter accept: the header's value; nil where there is none.
  package init(accept: String?) {
    let ranges = (accept ?? "*/*").split(separator: ",").compactMap(MediaRange.init)
    let openMetrics = Self.quality(
      of: "application/", "openmetrics-text", version: "1.0.0", in: ranges)
    let prometheus = Self.quality(of: "text/", "plain", version: "0.0.4", in: ranges)
    self = openMetrics > prometheus ? .openMetrics : .prometheus
  }

  /// That of the most specific range which the type is in, in thousandths.
  private static func quality(
    of type: String, _ subtype: String, version: String, in ranges: [MediaRange]
  ) -> Int {
    let qualities = ["*/*", type + "*", type + subtype].map { name in
      ranges.filter { $0.name == name && ($0.version ?? version) == version }.map(\.quality).max()
    }
    return qualities.last { $0 != nil }.flatMap { $0 } ?? 0
  }
}

/// One of the types that a client accepts: `text/plain;version=0.0.4;q=0.5`.
private struct MediaRange {
  /// In lower case.
  let name: String
  let version: String?
  /// In thousandths.
  let quality: Int

  /// Nil where its quality is none.
  init?(_ text: Substring) {
    let parts = text.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
    guard let name = parts.first else { return nil }
    self.name = name.lowercased()
    var version: String?
    var quality: Int? = 1_000
    for parameter in parts.dropFirst() {
      let pair = parameter.split(separator: "=", maxSplits: 1)
      guard pair.count == 2 else { continue }
      switch pair[0].lowercased() {
      case "version": version = pair[1].filter { $0 != "\"" }
      case "q": quality = Self.thousandths(pair[1])
      case _: break
      }
    }
    guard let quality else { return nil }
    self.version = version
    self.quality = quality
  }

  /// Of a number from 0 to 1 with at most three digits behind the point.
  private static func thousandths(_ text: Substring) -> Int? {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let fraction = parts.count == 2 ? String(parts[1]) : ""
    guard let whole = Int(parts[0]), fraction.count <= 3 else { return nil }
    guard let part = Int(fraction + String(repeating: "0", count: 3 - fraction.count)) else {
      return nil
    }
    let value = whole * 1_000 + part
    return (0...1_000).contains(value) && part >= 0 ? value : nil
  }
}
