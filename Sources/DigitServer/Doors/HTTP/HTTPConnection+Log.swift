import DigitHTTP
import EventLoop

extension RequestOutcome {
  /// Of a request that was refused before the service had it.
  init(_ problem: HTTPProblem) {
    self = problem.status == .gatewayTimeout ? .deadlineExceeded : .refused
  }
}

/// What the request log tells of a connection's inference requests.
extension HTTPConnection {
  /// Of a request that the service still has; nil where requests are not logged.
  func summary(of request: RequestIndex) -> RequestSummary? {
    context.loop.requestLog.map { _ in context.loop.inference.summary(of: request) }
  }

  func log(
    _ exchange: HTTPExchange, _ summary: RequestSummary?, _ outcome: RequestOutcome,
    _ code: String? = nil
  ) {
    guard let summary else { return }
    context.loop.requestLog?.add(
      RequestRecord(
        connection: label, door: .http, request: exchange.id, model: summary.model.name,
        version: summary.model.version, imageCount: summary.imageCount, outcome: outcome,
        code: code, queueMicroseconds: summary.queueMicroseconds,
        computeMicroseconds: summary.computeMicroseconds,
        totalMicroseconds: Instant.now.microseconds(since: exchange.arrived),
        traceParent: exchange.traceParent))
  }

  /// Of a request that the service never had.
  /// - Parameter model: nil for the one that the call names, be there one or not.
  func log(
    _ exchange: HTTPExchange, _ call: InferenceCall, of model: LoadedModel?,
    _ outcome: RequestOutcome, _ code: String? = nil
  ) {
    context.loop.requestLog?.add(
      RequestRecord(
        connection: label, door: .http, request: exchange.id, model: model?.name ?? call.model,
        version: model?.version ?? call.version, imageCount: call.imageCount, outcome: outcome,
        code: code, totalMicroseconds: Instant.now.microseconds(since: exchange.arrived),
        traceParent: exchange.traceParent))
  }
}
