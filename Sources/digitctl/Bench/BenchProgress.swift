import DigitLoad
import Foundation
import Measure
import PlainText

/// Shows a load while it runs: one line that changes on a terminal, a line for each interval
/// elsewhere, nothing where a program reads the outcome.
final class BenchProgress {
  private enum Style {
    case live
    case lines
    case silent
  }

  private let style: Style
  /// Seconds that the load takes; nil where only answers decide.
  private let seconds: Double?
  /// What is left after the last whole interval is too short to show.
  private let shortest: Double
  private var errors = 0

  init(_ settings: LoadSettings) {
    seconds = settings.plan.knownSeconds
    shortest = settings.plan.interval / .seconds(2)
    let isTerminal = isatty(STDERR_FILENO) == 1
    style = isTerminal ? .live : settings.isJSON ? .silent : .lines
  }

  func show(_ interval: LoadInterval) {
    errors += interval.counts.unanswered
    let length = interval.end - interval.start
    guard length > 0, length >= shortest || interval.start == 0 else { return }
    switch style {
    case .silent: break
    case .lines: complain(parts(interval).map(\.text).joined(separator: "  "))
    case .live: replaceLine(line(interval))
    }
  }

  /// Leaves the terminal as it was.
  func finish() {
    if style == .live { replaceLine("") }
  }

  /// A figure of the line; the higher its rank, the sooner it goes where the line is too long.
  private typealias Part = (text: String, rank: Int)

  private func parts(_ interval: LoadInterval) -> [Part] {
    let sent = Double(interval.counts.sent) / (interval.end - interval.start)
    let latency = interval.latency
    let percentile = { (microseconds: Double) in
      latency.count > 0 ? latencyText(microseconds: microseconds) : "none"
    }
    return [
      ("\(fixed(interval.end, 1)) s", 0), ("sent \(rateText(sent))/s", 3),
      ("answered \(rateText(interval.requestsPerSecond))/s", 1),
      ("p50 \(percentile(latency.p50Microseconds))", 4),
      ("p99 \(percentile(latency.p99Microseconds))", 2), ("errors \(errors)", errors > 0 ? 1 : 5),
    ]
  }

  /// As much as fits one line of the terminal, so that it never wraps.
  private func line(_ interval: LoadInterval) -> String {
    let width = StandardStream.errors.columnCount - 1
    var parts = parts(interval)
    parts.insert((progressBar(interval.end), 6), at: 0)
    parts.removeAll(where: \.text.isEmpty)
    while true {
      let text = parts.map(\.text).joined(separator: "  ")
      guard text.count > width, parts.count > 1 else { return String(text.prefix(width)) }
      let last = parts.indices.max { parts[$0].rank < parts[$1].rank }!
      parts.remove(at: last)
    }
  }

  private func progressBar(_ now: Double) -> String {
    guard let seconds, seconds > 0 else { return "" }
    let fraction = min(now / seconds, 1)
    let filled = Int(fraction * 20)
    let bar = String(repeating: "█", count: filled) + String(repeating: "·", count: 20 - filled)
    return "\(bar) \(Int(fraction * 100)) %"
  }
}

extension LoadPlan {
  /// How long the measured part takes, where time alone decides.
  fileprivate var knownSeconds: Double? {
    switch (extent, pacing) {
    case (.time(let time), _): time / .seconds(1)
    case (.requests(let count), .openLoop(.rate(let profile, _, _))):
      profile.seconds(until: Double(count), leadIn: 0)
    case (.requests, _), (.atLeast, _): nil
    }
  }
}
