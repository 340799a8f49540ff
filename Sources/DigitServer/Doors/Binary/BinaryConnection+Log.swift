import DigitWire
import EventLoop

/// What the request log tells of a connection's requests.
extension BinaryConnection {
  /// A request that the service still has ends like this.
  func log(_ request: RequestIndex, _ outcome: RequestOutcome, _ code: ErrorCode? = nil) {
    context.requestLog?.add(record(context.inference.summary(of: request), outcome, code))
  }

  /// A request that the service has no longer has ended like this.
  /// - Parameter summary: nil where requests are not logged.
  func log(_ summary: RequestSummary?, _ outcome: RequestOutcome, _ code: ErrorCode) {
    guard let summary else { return }
    context.requestLog?.add(record(summary, outcome, code))
  }

  /// A request that the service never had was refused.
  func log(
    _ predict: Predict, of model: LoadedModel?, id requestID: UInt64, _ outcome: RequestOutcome,
    _ code: ErrorCode
  ) {
    context.requestLog?.add(
      RequestRecord(
        connection: label, door: .binary, request: requestID, model: model?.name,
        version: model?.version, imageCount: predict.imageCount, outcome: outcome,
        code: code.nameInLog))
  }

  private func record(
    _ summary: RequestSummary, _ outcome: RequestOutcome, _ code: ErrorCode?
  ) -> RequestRecord {
    RequestRecord(
      connection: label, door: .binary, request: summary.tag, model: summary.model.name,
      version: summary.model.version, imageCount: summary.imageCount, outcome: outcome,
      code: code?.nameInLog, queueMicroseconds: summary.queueMicroseconds,
      computeMicroseconds: summary.computeMicroseconds,
      totalMicroseconds: Instant.now.microseconds(since: summary.arrived))
  }
}

extension ErrorCode {
  /// As the HTTP door has its codes.
  fileprivate var nameInLog: String { traits?.name.lowercased() ?? String(rawValue) }
}
