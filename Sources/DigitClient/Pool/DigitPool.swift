import DigitWire
import EventLoop

/// Several Digits servers as one: predictions go to the less busy, and go on when one fails.
///
///     let pool = try DigitPool(["10.0.0.1:7311", "10.0.0.2:7311"])
///     let prediction = try await pool.predict(pixels, model: "cnn-28")
///     print(prediction.images[0].label)
///     await pool.close()
///
/// - Each prediction goes to the less busy of two servers drawn by chance. Connections are made
///   when they are first needed, and anew when they have ended.
/// - A server that says GOAWAY gets nothing new and answers what it has; nothing is lost.
/// - A prediction whose connection breaks is sent again, elsewhere if there is an elsewhere:
///   predictions change nothing on a server. `RetryOptions.Scope.onlyUnprocessed` opts out.
/// - Retries of what a server has had are paid from a budget, with pauses of full jitter between
///   them, so that servers in trouble do not get more work for it.
/// - A server that fails five times in a row is left alone for a second, then longer each time.
///
/// Every prediction ends exactly once: with its answer, with a `DigitClientError`, or with
/// `CancellationError`.
public final class DigitPool: Predicting {
  private let endpoints: [PoolEndpoint]
  private let options: PoolOptions
  private let decisions: Guarded<Decisions>

  private struct Decisions {
    var chooser: EndpointChooser
    var retry: RetryPolicy
    var random = SystemRandomNumberGenerator()
  }

  /// Connects to nobody yet.
  ///
  /// - Parameter addresses: at least one `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`.
  /// - Throws: `DigitClientError.invalidAddress`; `connectFailed` when the system gives no thread.
  public init(_ addresses: [String], options: PoolOptions = PoolOptions()) throws {
    precondition(!addresses.isEmpty)
    for address in addresses where (try? SocketAddress(parsing: address)) == nil {
      throw DigitClientError.invalidAddress(address)
    }
    var client = options.client
    // One thread for all connections.
    client.loop = try client.loop ?? ClientLoop()
    endpoints = addresses.map { [client] in PoolEndpoint($0, options: client) }
    self.options = options
    decisions = Guarded(
      Decisions(
        chooser: EndpointChooser(count: addresses.count), retry: RetryPolicy(options.retry)))
  }

  /// Closes every connection; what has no answer yet fails with `DigitClientError.closed`.
  public func close() async {
    for endpoint in endpoints { await endpoint.close() }
  }

  /// As `DigitClient.predict`, over whichever server.
  ///
  /// - Parameter deadline: for all attempts together, pauses and connecting included.
  public func predict(
    _ images: ImageBatch, model: ModelChoice = .serverDefault,
    returning: ReturnKind = .topOne, deadline: Duration? = nil
  ) async throws -> Prediction {
    var pending = PendingPrediction(
      question: PredictQuestion(images: images, choice: model, returns: returning),
      end: deadline.map { .now + $0 })
    while true {
      let first = choose(avoiding: pending.tried)
      do {
        let prediction = try await hedged(pending, first)
        decisions.withLock { $0.retry.succeeded() }
        return prediction
      } catch let attempt as FailedAttempt {
        try await pause(after: attempt, &pending)
      }
    }
  }
}

// MARK: - Attempts

extension DigitPool {
  /// One prediction, over all its attempts.
  private struct PendingPrediction {
    let question: PredictQuestion
    let end: ContinuousClock.Instant?
    var tried: Set<Int> = []
    var attempts = 0

    var left: Duration? { end.map { $0 - .now } }
  }

  private struct FailedAttempt: Error {
    let endpoint: Int
    let error: any Error
    let isNews: Bool
  }

  private func choose(avoiding tried: Set<Int>) -> Int {
    decisions.withLock { $0.chooser.choose(avoiding: tried, now: .now, using: &$0.random) }
  }

  /// Asks a second server where the first has not answered in time, if that is wanted; the first
  /// answer counts and the other attempt is withdrawn.
  private func hedged(_ pending: PendingPrediction, _ first: Int) async throws -> Prediction {
    guard let delay = options.hedgeAfter, endpoints.count > 1 else {
      return try await attempt(pending, on: first)
    }
    return try await withThrowingTaskGroup(of: Prediction?.self) { group in
      defer { group.cancelAll() }
      group.addTask { try await self.attempt(pending, on: first) }
      group.addTask {
        // A hedge that fails leaves the matter to the first attempt.
        guard (try? await Task.sleep(for: delay)) != nil else { return nil }
        return try? await self.attempt(pending, on: self.choose(avoiding: [first]))
      }
      while let outcome = try await group.next() {
        if let outcome { return outcome }
      }
      throw CancellationError()
    }
  }

  private func attempt(_ pending: PendingPrediction, on index: Int) async throws -> Prediction {
    let endpoint = endpoints[index]
    var link: PoolEndpoint.Link?
    do {
      let opened = try endpoint.link()
      link = opened
      let client = try await endpoint.client(opened, within: pending.left)
      let question = pending.question
      let prediction = try await client.predict(
        question.images, model: question.choice, returning: question.returns,
        deadline: pending.left)
      decisions.withLock { _ = $0.chooser.ended(index, .answered, now: .now) }
      return prediction
    } catch {
      let ending = EndpointChooser.Ending(error, connection: link?.number ?? 0)
      let isNews = decisions.withLock { $0.chooser.ended(index, ending, now: .now) }
      if let link, ending.endsConnection(error) { endpoint.discard(link) }
      guard error is DigitClientError else { throw error }
      throw FailedAttempt(endpoint: index, error: error, isNews: isNews)
    }
  }

  /// Returns when the pending may be tried again.
  /// - Throws: what the caller is told, where it may not.
  private func pause(after attempt: FailedAttempt, _ pending: inout PendingPrediction) async throws
  {
    pending.attempts += 1
    pending.tried.insert(attempt.endpoint)
    let hasUntried = pending.tried.count < endpoints.count
    let attempts = pending.attempts
    let decision = decisions.withLock {
      $0.retry.failed(
        RetryPolicy.Failure(attempt.error, isNews: attempt.isNews), attempt: attempts,
        hasUntried: hasUntried, using: &$0.random)
    }
    guard case .retry(let delay) = decision, pending.left.map({ delay < $0 }) ?? true else {
      throw attempt.error
    }
    if !hasUntried { pending.tried = [] }
    if delay > .zero { try await Task.sleep(for: delay) }
  }
}

extension EndpointChooser.Ending {
  fileprivate init(_ error: any Error, connection: Int) {
    switch error as? DigitClientError {
    case .connectFailed, .tlsFailed, .handshakeFailed, .connectionLost:
      self = .lostConnection(connection)
    case .refused(let message) where message.closes: self = .lostConnection(connection)
    case .refused(let message) where message.fault == .server: self = .failed
    case .refused, .invalidAddress, .timedOut, .unknownModel, .tooManyImages, .invalidImages,
      .serverLeaving, .tooManyWaiting, .closed, nil:
      self = .inconclusive
    }
  }

  fileprivate func endsConnection(_ error: any Error) -> Bool {
    if case .lostConnection = self { return true }
    if case .serverLeaving = error as? DigitClientError { return true }
    return false
  }
}

/// How a `DigitPool` connects, and what it does about failures.
public struct PoolOptions: Sendable {
  /// For each connection; (default: one loop for all of them).
  public var client = ClientOptions()
  public var retry = RetryOptions()
  /// After how long without an answer a second server is asked too; nil, the default, never. It
  /// takes the edge off rare slow answers, and costs the work twice: the time within which 95 in
  /// a hundred answers come is a good choice.
  public var hedgeAfter: Duration?

  public init() {}
}
