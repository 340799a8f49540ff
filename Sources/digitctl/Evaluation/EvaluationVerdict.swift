import DigitReport
import DigitWire
import PlainText
import ProgramShell

extension EvaluationReport {
  /// Nil where nothing was asked for and every image was answered.
  /// - Parameter least: `--min-accuracy`.
  func verdict(leastAccuracy least: Double?) -> Verdict? {
    let unanswered = errors.values.reduce(0, +)
    if unanswered > 0 {
      return Verdict(
        .failed, "Incomplete", "\(unanswered) of \(counted(images, "image")) had no answer")
    }
    guard let least else { return nil }
    let got = "accuracy at least \(percent(least)), got \(percent(accuracy))"
    return accuracy < least
      ? Verdict(.failed, "Bound missed", got) : Verdict(.passed, "Bound kept", got)
  }
}

/// Whom this program asked, and the versions of both: rows of a report's origin.
func originRows(_ server: ServerOptions) -> [[String]] {
  [
    ["server", server.address],
    ["versions", "digitctl \(productVersion), protocol \(ProtocolLimits.version)"],
  ]
}
