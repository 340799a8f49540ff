import Measure
import PlainText

/// The picture of a server that a terminal shows: state in, lines out.
package enum TopScreen {
  /// - Returns: at most `rows` lines of at most `columns` characters, without control characters.
  package static func lines(_ state: TopState, columns: Int, rows: Int) -> [ScreenLine] {
    let all = head(state) + [ScreenLine("")] + ModelTable(state, columns: columns).lines
    return shortened(all, rows: max(rows, 0)).map {
      ScreenLine(fitted($0.text, columns: columns), $0.style)
    }
  }

  private static func shortened(_ lines: [ScreenLine], rows: Int) -> [ScreenLine] {
    guard lines.count > rows, rows > 0 else { return Array(lines.prefix(rows)) }
    let shown = lines.prefix(rows - 1)
    return shown + [ScreenLine("… \(lines.count - shown.count) more lines")]
  }

  private static func head(_ state: TopState) -> [ScreenLine] {
    let contact = contact(state)
    let style: ScreenLine.Style = contact == nil ? .plain : .warning
    guard let last = state.last else {
      return [ScreenLine("\(state.address.escaped): \(contact ?? "no answer yet")", style)]
    }
    let uptime = uptimeText(seconds: Double(last.uptimeMicroseconds) / 1_000_000)
    let first = "\(state.address.escaped)  up \(uptime)" + (contact.map { "  \($0)" } ?? "")
    return [ScreenLine(first, style)] + totals(state).map { ScreenLine($0) }
  }

  private static func totals(_ state: TopState) -> [String] {
    [
      [
        "\(rate(state.rates["requests_received"])) requests/s",
        "\(rate(state.rates["images_inferred"])) images/s",
        "\(rate(state.rates["requests_refused"])) refused/s",
        "\(rate(shed(state))) shed/s",
      ].joined(separator: "  "),
      [
        "\(count(state, "images_queued")) images queued, "
          + "oldest \(time(state.value("queue_age_microseconds").map { $0 * 1_000 }))",
        "\(count(state, "requests_in_flight")) in flight",
        "\(count(state, "connections_open")) connections", "busy \(busy(state))",
      ].joined(separator: "  "),
    ]
  }

  private static func contact(_ state: TopState) -> String? {
    switch state.contact {
    case .answering: nil
    case .lost(let reason): "NOT ANSWERING, trying again: \(reason.escaped)"
    }
  }

  private static func shed(_ state: TopState) -> Double? {
    let rates = state.rates.filter { $0.key.hasPrefix("requests_shed_") }
    return rates.isEmpty ? nil : rates.values.reduce(0, +)
  }

  private static func count(_ state: TopState, _ name: String) -> String {
    state.value(name).map { "\($0)" } ?? "–"
  }

  /// Seconds of computing in a second: 2.00 are two busy workers.
  private static func busy(_ state: TopState) -> String {
    state.rates["compute_time_total_microseconds"].map { fixed($0 / 1_000_000, 2) } ?? "–"
  }

  static func rate(_ value: Double?) -> String {
    guard let value else { return "–" }
    if value >= 999_950 { return "\(fixed(value / 1_000_000, 1))M" }
    if value >= 9_999.5 { return "\(fixed(value / 1_000, 1))k" }
    return fixed(value, value < 9.95 ? 1 : 0)
  }

  static func time(_ nanoseconds: UInt64?) -> String {
    guard let nanoseconds else { return "–" }
    guard nanoseconds < .max else { return "∞" }
    return nanoseconds == 0 ? "0" : latencyText(microseconds: Double(nanoseconds) / 1_000)
  }
}

/// "3 d 4 h", "2 h 5 min", "1 min 20 s", "7.4 s": the two largest units.
package func uptimeText(seconds: Double) -> String {
  let whole = Int(seconds)
  let (days, hours, minutes) = (whole / 86_400, whole / 3_600 % 24, whole / 60 % 60)
  if days > 0 { return "\(days) d \(hours) h" }
  if hours > 0 { return "\(hours) h \(minutes) min" }
  if minutes > 0 { return "\(minutes) min \(whole % 60) s" }
  return "\(fixed(seconds, 1)) s"
}
