import DigitHandshake
import DigitWire
import EventLoop

/// A connection to a Digits server.
///
///     let client = try await DigitClient.connect(to: "127.0.0.1:7311")
///     let prediction = try await client.predict(pixels, model: "cnn-28")
///     print(prediction.images[0].label)
///     await client.close()
///
/// Any number of tasks may ask at once: their requests share the connection and are answered in
/// any order. Predictions beyond the server's limit in flight wait their turn. Every request ends
/// exactly once: with its answer, with a `DigitClientError`, or with `CancellationError` when its
/// task is cancelled, which withdraws it from the server too.
///
/// A prediction of one small batch allocates three times, on the caller's thread and the loop's
/// together: the request, and the two arrays of its answer.
///
/// The connection closes with `close`, or when the last reference to the client is gone.
public final class DigitClient: Sendable {
  private let loop: ClientLoop
  private let connection: ClientConnection
  private let options: ClientOptions

  private init(loop: ClientLoop, connection: ClientConnection, options: ClientOptions) {
    self.loop = loop
    self.connection = connection
    self.options = options
  }

  deinit { loop.post(.close(connection, nil)) }

  /// Connects and completes the handshake.
  ///
  /// - Parameter address: `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`.
  /// - Throws: `DigitClientError.invalidAddress`; `connectFailed` where no server answers in time;
  ///   `refused` where the server does not want this client; `CancellationError`.
  public static func connect(
    to address: String, options: ClientOptions = ClientOptions()
  ) async throws -> DigitClient {
    guard let parsed = try? SocketAddress(parsing: address) else {
      throw DigitClientError.invalidAddress(address)
    }
    precondition(options.token.count <= ProtocolLimits.tokenByteCountMax)
    let loop = try options.loop ?? ClientLoop()
    let connection = ClientConnection(to: parsed, options: options)
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { loop.post(.open(connection, $0)) }
    } onCancel: {
      loop.post(.close(connection, nil))
    }
    // Cancelled from here on, the connection goes with the client.
    let client = DigitClient(loop: loop, connection: connection, options: options)
    try Task.checkCancellation()
    return client
  }

  /// Whether the server at `address` is alive, or ready for predictions.
  ///
  /// Asks on a connection of its own without a handshake, as a load balancer does: it needs no
  /// token. `ClientOptions.connectTimeout` is the time for all of it, and cancelling does not cut
  /// it short.
  /// - Throws: `DigitClientError.invalidAddress`; `connectFailed` where no server answers in time.
  public static func health(
    _ probe: HealthProbe, of address: String, options: ClientOptions = ClientOptions()
  ) async throws -> Bool {
    guard let parsed = try? SocketAddress(parsing: address) else {
      throw DigitClientError.invalidAddress(address)
    }
    let loop = try options.loop ?? ClientLoop()
    return try await withCheckedThrowingContinuation { continuation in
      loop.post(
        .perform { loop in
          Opener.open(
            parsed, FramedExchange(HealthExchange(probe)), tls: options.tls?.client,
            within: options.connectTimeout, on: loop
          ) { result in
            if case .success(let opened) = result { opened.stream.close() }
            continuation.resume(
              with: result.map(\.answer).mapError { DigitClientError($0, of: parsed) })
          }
        })
    }
  }

  /// The models that the server offers, kept up to date unless `followsModels` is off.
  public var models: [ModelDescription] { connection.models.withLock { $0 } }

  /// Closes the connection; what has no answer yet fails with `DigitClientError.closed`.
  public func close() async {
    await withCheckedContinuation { loop.post(.close(connection, $0)) }
  }
}

// MARK: - Requests

extension DigitClient {
  /// Asks what digits the images show.
  ///
  /// - Parameters:
  ///   - images: at least one, at most as many as the server takes in a request.
  ///   - returning: the most probable class alone, or the probabilities of all.
  ///   - deadline: how long the answer is worth waiting for. The server drops what it has not
  ///     begun by then; in any case the call ends with `DigitClientError.timedOut`. Without one
  ///     `ClientOptions.predictTimeout` counts.
  /// - Throws: `DigitClientError`; `CancellationError`.
  public func predict(
    _ images: ImageBatch, model: ModelChoice = .serverDefault,
    returning: ReturnKind = .topOne, deadline: Duration? = nil
  ) async throws -> Prediction {
    let question = PredictQuestion(images: images, choice: model, returns: returning)
    let patience = deadline ?? options.predictTimeout
    guard case .prediction(let prediction) = try await ask(.predict(question), within: patience)
    else { preconditionFailure("a prediction is answered by a prediction") }
    return prediction
  }

  /// - Parameter pixels: count × 784, 0 empty ground, 255 full ink.
  public func predict(
    _ pixels: [UInt8], model: ModelChoice = .serverDefault,
    returning: ReturnKind = .topOne, deadline: Duration? = nil
  ) async throws -> Prediction {
    try await predict(
      ImageBatch(pixels), model: model, returning: returning, deadline: deadline)
  }

  /// - Parameter pixels: count × 784, 0 empty ground, 1 full ink.
  public func predict(
    _ pixels: [Float], model: ModelChoice = .serverDefault,
    returning: ReturnKind = .topOne, deadline: Duration? = nil
  ) async throws -> Prediction {
    try await predict(
      ImageBatch(pixels), model: model, returning: returning, deadline: deadline)
  }

  /// Asks the server for a sign of life.
  public func ping() async throws {
    _ = try await ask(.ping, within: options.controlTimeout)
  }

  /// Whether the server is alive, or ready for predictions.
  public func health(_ probe: HealthProbe) async throws -> Bool {
    guard case .health(let isTrue) = try await ask(.health(probe), within: options.controlTimeout)
    else { preconditionFailure("a probe is answered by yes or no") }
    return isTrue
  }

  /// The server's figures.
  public func stats() async throws -> StatsReply {
    guard case .stats(let stats) = try await ask(.stats, within: options.controlTimeout)
    else { preconditionFailure("a question for figures is answered by figures") }
    return stats
  }

  /// Asks for the models that the server offers now; `models` has them too from then on.
  public func metadata() async throws -> [ModelDescription] {
    guard case .models(let entries) = try await ask(.metadata, within: options.controlTimeout)
    else { preconditionFailure("a question for models is answered by models") }
    return entries.map(ModelDescription.init)
  }

  /// Has the server look at its model folder again, and waits until it serves what it has found;
  /// other requests are answered meanwhile. `models` follows, unless `followsModels` is off.
  /// - Parameter patience: how long to wait for the answer.
  /// - Throws: `DigitClientError.refused` with `PERMISSION_DENIED` where this client may not.
  public func reload(within patience: Duration = .seconds(120)) async throws -> ReloadReply {
    guard case .reloaded(let reply) = try await ask(.reload, within: patience)
    else { preconditionFailure("a reload is answered by what came of it") }
    return reply
  }

  private func ask(_ question: Question, within patience: Duration?) async throws -> Answer {
    let request = Request(question, within: patience)
    defer { Handover.takes(request) }
    return try await withTaskCancellationHandler {
      // Unsafe saves an allocation; that it is resumed once is `Request.finish`'s to see to.
      try await withUnsafeThrowingContinuation { continuation in
        request.answer(to: continuation)
        loop.post(.submit(request, connection))
      }
    } onCancel: {
      loop.post(.cancel(request, connection))
    }
  }
}
