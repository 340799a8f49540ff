/// What the request log tells of one inference request.
package struct RequestRecord {
  package var connection: ConnectionLabel
  package var door: Door
  /// What the client knows the request by.
  package var request: any CustomStringConvertible
  /// Nil where the client named one by a handle that nothing has.
  package var model: String?
  package var version: UInt32?
  package var imageCount: Int
  package var outcome: RequestOutcome
  /// The door's word for why it was not answered.
  package var code: String?
  package var queueMicroseconds: UInt64 = 0
  package var computeMicroseconds: UInt64 = 0
  /// From the last byte of the request to its end; 0 where it never was whole.
  package var totalMicroseconds: UInt64 = 0
  package var traceParent: TraceParent?

  package var fields: [LogLine.Field] {
    var fields = connection.fields + [("door", door.name), ("request", request)]
    if let model { fields.append(("model", model)) }
    if let version { fields.append(("version", version)) }
    fields += [("images", imageCount), ("outcome", outcome.name)]
    if let code { fields.append(("code", code)) }
    fields += [
      ("queue_microseconds", queueMicroseconds), ("compute_microseconds", computeMicroseconds),
      ("total_microseconds", totalMicroseconds),
    ]
    if let traceParent { fields.append(("trace", traceParent)) }
    return fields
  }
}

/// The request log of one loop: a line for each request that has ended, or for a share of them.
package final class RequestLog {
  private let log: Log
  private let sample: RequestSample
  private var generator = SystemRandomNumberGenerator()

  package init(_ log: Log, fraction: Double) {
    self.log = log
    sample = RequestSample(fraction: fraction)
  }

  func add(_ record: @autoclosure () -> RequestRecord) {
    guard sample.takes(using: &generator) else { return }
    log.record("request", record().fields)
  }
}
