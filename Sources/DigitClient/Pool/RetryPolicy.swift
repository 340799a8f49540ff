import DigitWire

/// Whether and when a failed prediction is sent again.
///
/// Retries multiply the load of servers that are in trouble already, so they have a budget for all
/// requests together: ten tokens, of which a failure takes one and a success gives a tenth back;
/// at half of them nothing is retried. What was never sent costs nobody anything, and goes to
/// another endpoint at no charge.
package struct RetryPolicy {
  package static let tokensMax = 10.0
  package static let tokensPerSuccess = 0.1

  private let options: RetryOptions
  package private(set) var tokens = tokensMax

  package init(_ options: RetryOptions) { self.options = options }

  /// What a failure says about sending the request again.
  package enum Failure: Equatable {
    /// The server never had it: another endpoint may take it at once.
    case unsent
    /// It may have been processed. `isNews` is false for all but one of the requests that a broken
    /// connection took along: they are one failure.
    case lost(isNews: Bool)
    /// Refused for now, unprocessed.
    case overload(retryAfter: Duration)
    /// The server failed at it, and may have processed it.
    case serverFault
    /// Sending it again would not help.
    case final
  }

  package enum Decision: Equatable {
    case giveUp
    case retry(after: Duration)
  }

  package mutating func succeeded() {
    tokens = min(tokens + Self.tokensPerSuccess, Self.tokensMax)
  }

  /// - Parameters:
  ///   - attempt: how many have failed, this one included.
  ///   - hasUntried: whether there is an endpoint that this request has not been to.
  package mutating func failed(
    _ failure: Failure, attempt: Int, hasUntried: Bool,
    using random: inout some RandomNumberGenerator
  ) -> Decision {
    switch failure {
    case .final: return .giveUp
    case .unsent: break
    case .lost(let isNews):
      if isNews { charge() }
      guard options.scope == .everything, hasTokens else { return .giveUp }
    case .serverFault:
      charge()
      guard options.scope == .everything, hasTokens else { return .giveUp }
    case .overload:
      charge()
      guard hasTokens else { return .giveUp }
    }
    guard attempt < options.attemptsMax else { return .giveUp }
    if hasUntried, failure.mayMoveAtOnce { return .retry(after: .zero) }
    return .retry(after: delay(attempt, atLeast: failure.retryAfter, using: &random))
  }

  private mutating func charge() { tokens = max(tokens - 1, 0) }
  private var hasTokens: Bool { tokens > Self.tokensMax / 2 }

  /// Full jitter: anything from nothing to a limit that doubles, so that those who failed together
  /// do not come back together (Brooker, *Exponential Backoff and Jitter*, 2015).
  private func delay(
    _ attempt: Int, atLeast least: Duration, using random: inout some RandomNumberGenerator
  ) -> Duration {
    let limit = min(options.backoffBase * (1 << min(attempt - 1, 20)), options.backoffMax)
    return least + limit * Double.random(in: 0..<1, using: &random)
  }
}

extension RetryPolicy.Failure {
  /// Whether another endpoint is worth asking without waiting.
  fileprivate var mayMoveAtOnce: Bool {
    switch self {
    case .unsent, .lost: true
    case .overload, .serverFault, .final: false
    }
  }

  fileprivate var retryAfter: Duration {
    switch self {
    case .overload(let retryAfter): retryAfter
    case .unsent, .lost, .serverFault, .final: .zero
    }
  }

  package init(_ error: any Error, isNews: Bool) {
    switch error as? DigitClientError {
    case .connectFailed, .tlsFailed, .handshakeFailed, .serverLeaving, .connectionLost(.no, _):
      self = .unsent
    case .connectionLost: self = .lost(isNews: isNews)
    case .refused(let message) where message.code == .draining: self = .unsent
    case .refused(let message) where message.isRetryable && message.processed == .no:
      self = .overload(retryAfter: .milliseconds(Int64(message.retryAfterMilliseconds)))
    case .refused(let message) where message.isRetryable: self = .serverFault
    case .tooManyWaiting: self = .overload(retryAfter: .zero)
    case .refused, .invalidAddress, .invalidNetwork, .timedOut, .unknownModel, .tooManyImages,
      .invalidImages, .closed, nil:
      self = .final
    }
  }
}

/// When a `DigitPool` sends a prediction again.
public struct RetryOptions: Sendable {
  /// Which failed predictions are sent again.
  public enum Scope: Sendable {
    /// Those too of which nobody knows whether they were processed: predictions change nothing on
    /// the server, so a second time does no harm.
    case everything
    /// Only those that the server certainly did not process.
    case onlyUnprocessed
  }

  public var scope = Scope.everything
  /// Attempts for one prediction, the first included.
  public var attemptsMax = 8
  /// The limit of the first pause; it doubles with each further one.
  public var backoffBase = Duration.milliseconds(10)
  public var backoffMax = Duration.seconds(1)

  public init() {}
}
