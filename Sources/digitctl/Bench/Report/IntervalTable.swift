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
  /// Microseconds.
  let p50: Double
  let p90: Double
  let p99: Double
  let max: Double

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
    p50 = interval.latency.p50Microseconds
    p90 = interval.latency.p90Microseconds
    p99 = interval.latency.p99Microseconds
    max = interval.latency.maximumMicroseconds
  }

  static var header: String { CodingKeys.allCases.map(\.rawValue).joined(separator: ",") }

  var line: String {
    let counts = [sent, answered, refused, timedOut, lost, abandoned, inFlight].map(String.init)
    let rates = [requestsPerSecond, imagesPerSecond].map { fixed($0, 1) }
    let latencies = [p50, p90, p99, max].map { fixed($0, 1) }
    return ([fixed(start, 3), fixed(end, 3)] + counts + rates + latencies).joined(separator: ",")
  }

  /// - Throws: `FileError`.
  static func write(_ intervals: [LoadInterval], to path: String) throws(FileError) {
    let lines = [header] + intervals.map { IntervalRow($0).line }
    try OutputFile(path).write(lines.joined(separator: "\n") + "\n")
  }
}
