import DigitLoad
import FileAccess
import Foundation
import PlainText

/// The intervals of a load, as `--csv` writes them and as the report's JSON holds them.
struct IntervalRow: Codable {
  /// Seconds from the measured part's start.
  let start: Double
  let end: Double
  let sent: Int
  let answered: Int
  let refused: Int
  let timedOut: Int
  let lost: Int
  let abandoned: Int
  let inFlight: Int
  let requestsPerSecond: Double
  let imagesPerSecond: Double
  /// Microseconds; null, and empty in CSV, where nothing was answered.
  let p50: Double?
  let p90: Double?
  let p99: Double?
  let max: Double?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case start, end, sent, answered, refused
    case timedOut = "timed_out"
    case lost, abandoned
    case inFlight = "in_flight"
    case requestsPerSecond = "requests_per_second"
    case imagesPerSecond = "images_per_second"
    case p50 = "p50_us"
    case p90 = "p90_us"
    case p99 = "p99_us"
    case max = "max_us"
  }

  init(_ interval: LoadInterval) {
    start = interval.start
    end = interval.end
    sent = interval.counts.sent
    answered = interval.counts.answered
    refused = interval.counts.refused
    timedOut = interval.counts.timedOut
    lost = interval.counts.lost
    abandoned = interval.counts.abandoned
    inFlight = interval.inFlight
    requestsPerSecond = interval.requestsPerSecond
    imagesPerSecond = interval.imagesPerSecond
    let latency = interval.latency.count > 0 ? interval.latency : nil
    p50 = latency?.p50Microseconds
    p90 = latency?.p90Microseconds
    p99 = latency?.p99Microseconds
    max = latency?.maximumMicroseconds
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(start, forKey: .start)
    try container.encode(end, forKey: .end)
    try container.encode(sent, forKey: .sent)
    try container.encode(answered, forKey: .answered)
    try container.encode(refused, forKey: .refused)
    try container.encode(timedOut, forKey: .timedOut)
    try container.encode(lost, forKey: .lost)
    try container.encode(abandoned, forKey: .abandoned)
    try container.encode(inFlight, forKey: .inFlight)
    try container.encode(requestsPerSecond, forKey: .requestsPerSecond)
    try container.encode(imagesPerSecond, forKey: .imagesPerSecond)
    // What would be left out otherwise is null.
    for (value, key) in [(p50, CodingKeys.p50), (p90, .p90), (p99, .p99), (max, .max)] {
      try container.encode(value, forKey: key)
    }
  }

  static var header: String { CodingKeys.allCases.map(\.rawValue).joined(separator: ",") }

  var line: String {
    let counts = [sent, answered, refused, timedOut, lost, abandoned, inFlight].map(String.init)
    let rates = [requestsPerSecond, imagesPerSecond].map { fixed($0, 1) }
    let latencies = [p50, p90, p99, max].map { $0.map { fixed($0, 1) } ?? "" }
    return ([fixed(start, 3), fixed(end, 3)] + counts + rates + latencies).joined(separator: ",")
  }

  /// - Parameter patience: how long a pipe may be without a reader.
  /// - Throws: `FileError`.
  static func write(
    _ intervals: [LoadInterval], to path: String, patience: Duration
  ) throws(FileError) {
    let lines = [header] + intervals.map { IntervalRow($0).line }
    try OutputFile(path, patience: patience).write(lines.joined(separator: "\n") + "\n")
  }
}
