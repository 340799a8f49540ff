import DigitWire
import EventLoop

/// Several Digits servers as one: predictions go to the less busy, and go on when one fails.
///
///     let pool = try DigitPool(["10.0.0.1:7311", "10.0.0.2:7311"])
///     let prediction = try await pool.predict(pixels, model: "cnn-28")
///     print(prediction.images[0].label)
///     await pool.close()
///
/// - A host name stands for all of its addresses, as a headless service of Kubernetes has them, and
///   is looked up again every ten seconds and when a server fails. A server that comes is asked
///   from then on; one that goes gets nothing new, answers what it has, and is let go.
/// - Each prediction goes to the less busy of two servers drawn by chance; to a local one
///   (`PoolOptions.local`) unless it fails or is much busier than others. Connections are made
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
  private let roster: PoolRoster
  /// By the index of an address that the pool was given; numbers have none.
  private let watches: [Int: NameWatch]
  private let options: PoolOptions
  private let decisions: Guarded<Decisions>

  private struct Decisions {
    var retry: RetryPolicy
    var random = SystemRandomNumberGenerator()
  }

  /// Begins to look the names up, and connects to nobody yet.
  ///
  /// - Parameter addresses: at least one `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`; one that is
  ///   there twice gets two connections to each of its servers.
  /// - Throws: `DigitClientError.invalidAddress`, `invalidNetwork`; `connectFailed` when the system
  ///   gives no thread.
  public convenience init(_ addresses: [String], options: PoolOptions = PoolOptions()) throws {
    var options = options
    // One thread for all connections.
    let loop = try options.client.loop ?? ClientLoop()
    options.client.loop = loop
    try self.init(addresses, options: options, lookUp: loop.machines(of:))
  }

  /// - Parameters:
  ///   - options: with a loop.
  ///   - lookUp: in place of the system's resolver.
  package init(
    _ addresses: [String], options: PoolOptions, lookUp: @escaping NameLookup
  ) throws {
    precondition(!addresses.isEmpty && options.lookUpInterval > .zero)
    let given = try addresses.map { text in
      guard let address = try? SocketAddress(parsing: text) else {
        throw DigitClientError.invalidAddress(text)
      }
      return address
    }
    let roster = PoolRoster(given, try Locality(options.local), options.client)
    var watchOf: [SocketAddress: NameWatch] = [:]
    var watches: [Int: NameWatch] = [:]
    for (index, name) in given.enumerated() where name.isName {
      let watch =
        watchOf[name]
        ?? NameWatch(name, every: options.lookUpInterval, lookUp) { roster.found($0, for: name) }
      (watchOf[name], watches[index]) = (watch, watch)
    }
    self.roster = roster
    self.watches = watches
    self.options = options
    decisions = Guarded(Decisions(retry: RetryPolicy(options.retry)))
    for watch in watchOf.values { watch.begin() }
  }

  /// Closes every connection; what has no answer yet fails with `DigitClientError.closed`.
  public func close() async {
    for watch in watches.values { watch.close() }
    await roster.close()
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
      let first = try await choose(for: pending)
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
    var tried: Set<EndpointChooser.ID> = []
    var attempts = 0

    var left: Duration? { end.map { $0 - .now } }
  }

  private struct FailedAttempt: Error {
    let server: EndpointChooser.ID
    let error: any Error
    let isNews: Bool
  }

  /// - Throws: `DigitClientError.closed`; `timedOut` where no name has been looked up in time.
  private func choose(for pending: PendingPrediction) async throws -> PoolRoster.Choice {
    while true {
      switch roster.choose(avoiding: pending.tried) {
      case .server(let choice): return choice
      case .unknown: try await value(of: roster.firstServer, within: pending.left)
      case .closed: throw DigitClientError.closed
      }
    }
  }

  /// Asks a second server where the first has not answered in time, if that is wanted; the first
  /// answer counts and the other attempt is withdrawn.
  private func hedged(_ pending: PendingPrediction, _ first: PoolRoster.Choice) async throws
    -> Prediction
  {
    guard let delay = options.hedgeAfter, roster.hasOthers(than: [first.id]) else {
      return try await attempt(pending, on: first)
    }
    return try await withThrowingTaskGroup(of: Prediction?.self) { group in
      defer { group.cancelAll() }
      group.addTask { try await self.attempt(pending, on: first) }
      group.addTask {
        // A hedge that fails leaves the matter to the first attempt.
        guard (try? await Task.sleep(for: delay)) != nil,
          case .server(let second) = self.roster.choose(avoiding: [first.id])
        else { return nil }
        return try? await self.attempt(pending, on: second)
      }
      while let outcome = try await group.next() {
        if let outcome { return outcome }
      }
      throw CancellationError()
    }
  }

  private func attempt(
    _ pending: PendingPrediction, on server: PoolRoster.Choice
  ) async throws -> Prediction {
    let endpoint = server.endpoint
    var link: PoolEndpoint.Link?
    do {
      let opened = try endpoint.link()
      link = opened
      let client = try await endpoint.client(opened, within: pending.left)
      let question = pending.question
      let prediction = try await client.predict(
        question.images, model: question.choice, returning: question.returns,
        deadline: pending.left)
      _ = roster.ended(server, .answered)
      return prediction
    } catch {
      let ending = EndpointChooser.Ending(error, connection: link?.number ?? 0)
      let isNews = roster.ended(server, ending)
      if let link, ending.endsConnection(error) {
        endpoint.discard(link)
        // It may be no more among those that its name stands for.
        watches[server.origin]?.serverFailed()
      }
      guard error is DigitClientError else { throw error }
      throw FailedAttempt(server: server.id, error: error, isNews: isNews)
    }
  }

  /// Returns when the pending may be tried again.
  /// - Throws: what the caller is told, where it may not.
  private func pause(after attempt: FailedAttempt, _ pending: inout PendingPrediction) async throws
  {
    pending.attempts += 1
    pending.tried.insert(attempt.server)
    let hasUntried = roster.hasOthers(than: pending.tried)
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
    case .refused, .invalidAddress, .invalidNetwork, .timedOut, .unknownModel, .tooManyImages,
      .invalidImages, .serverLeaving, .tooManyWaiting, .closed, nil:
      self = .inconclusive
    }
  }

  fileprivate func endsConnection(_ error: any Error) -> Bool {
    if case .lostConnection = self { return true }
    if case .serverLeaving = error as? DigitClientError { return true }
    return false
  }
}
