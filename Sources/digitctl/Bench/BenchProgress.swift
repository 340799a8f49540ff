import DigitLoad
import Foundation
import Measure
import PlainText

/// Tells of a load while it runs: one line that changes on a terminal, a line for each interval
/// elsewhere, nothing where a program reads the outcome.
final class BenchProgress {
  private enum Style {
    case live
    case lines
    case silent
  }

  private let style: Style
  /// Seconds that the load takes; nil where only answers say.
  private let seconds: Double?
  /// What is left after the last whole interval tells nothing.
  private let shortest: Double
  private var errors = 0

  /// - Parameter seconds: of the measured part.
  init(_ options: BenchOptions, seconds: Double?) {
    self.seconds = seconds
    shortest = options.interval / .seconds(2)
    let isTerminal = isatty(STDERR_FILENO) == 1
    style = isTerminal ? .live : options.json ? .silent : .lines
  }

  func show(_ interval: LoadInterval) {
    let counts = interval.counts
    errors += counts.unanswered
    let length = interval.end - interval.start
    guard length > 0, length >= shortest || interval.start == 0 else { return }
    switch style {
    case .silent: break
    case .lines: complain(text(interval))
    case .live: replaceLine(progressBar(interval.end) + text(interval))
    }
  }

  /// Leaves the terminal as it was.
  func finish() {
    if style == .live { replaceLine("") }
  }

  private func text(_ interval: LoadInterval) -> String {
    let sent = Double(interval.counts.sent) / (interval.end - interval.start)
    let latency = interval.latency
    return [
      "\(fixed(interval.end, 1)) s", "sent \(fixed(sent, 0))/s",
      "answered \(fixed(interval.requestsPerSecond, 0))/s",
      "p50 \(latencyText(microseconds: latency.p50Microseconds))",
      "p99 \(latencyText(microseconds: latency.p99Microseconds))", "errors \(errors)",
    ].joined(separator: "  ")
  }

  private func progressBar(_ now: Double) -> String {
    guard let seconds, seconds > 0 else { return "" }
    let part = min(now / seconds, 1)
    let filled = Int(part * 20)
    let bar = String(repeating: "█", count: filled) + String(repeating: "·", count: 20 - filled)
    return "\(bar) \(Int(part * 100)) %  "
  }
}
