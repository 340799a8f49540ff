import DigitLoad
import Measure
import PlainText

/// What an outage cost that a load went on over.
struct OutageReport: Encodable {
  /// From the measured part's start; negative in the warm-up.
  let startSeconds: Double
  /// From its beginning; null where no answer came until the load was over.
  let firstAnswerMilliseconds: Double?
  let outage: Outage

  private enum CodingKeys: String, CodingKey {
    case lost, refused, retried
    case startSeconds = "start_seconds"
    case firstAnswerMilliseconds = "first_answer_ms"
    case failedConnects = "failed_connects"
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(startSeconds, forKey: .startSeconds)
    try container.encode(firstAnswerMilliseconds, forKey: .firstAnswerMilliseconds)
    try container.encode(outage.lost, forKey: .lost)
    try container.encode(outage.refused, forKey: .refused)
    try container.encode(outage.retried, forKey: .retried)
    try container.encode(outage.failedConnects, forKey: .failedConnects)
  }

  var text: String {
    let answer =
      firstAnswerMilliseconds.map { "first answer after \(latencyText(microseconds: $0 * 1_000))" }
      ?? "no answer after it"
    return "at \(fixed(startSeconds, 2)) s: \(answer); \(outage.lost) lost, \(outage.refused) "
      + "refused, \(outage.retried) sent again, "
      + "\(counted(outage.failedConnects, "failed connection"))"
  }
}

extension LoadOutcome {
  /// Nil where the load did not go on over them.
  var outageReports: [OutageReport]? {
    guard let outages, let origin = measuringBegan?.nanoseconds else { return nil }
    return outages.map { outage in
      OutageReport(
        startSeconds: (Double(outage.began.nanoseconds) - Double(origin)) * 1e-9,
        firstAnswerMilliseconds: outage.nanoseconds.map { Double($0) * 1e-6 }, outage: outage)
    }
  }
}
