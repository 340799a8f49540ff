import DigitClient

/// A server that is asked again and again, over a new connection whenever the old one has ended.
struct WatchedServer {
  enum Answer<Value> {
    case value(Value)
    /// Nothing came: the connection ended, or none could be made.
    case nothing(reason: String)
  }

  private let options: ServerOptions
  private let loop: ClientLoop
  private var client: DigitClient?

  /// - Throws: `Failure` where no server is there to begin with.
  init(_ options: ServerOptions) async throws {
    self.options = options
    loop = try ClientLoop()
    client = try await options.connect(on: loop)
  }

  /// - Parameter reconnected: called where a connection was made anew.
  /// - Throws: `CancellationError`.
  mutating func ask<Value>(
    _ question: (DigitClient) async throws -> Value, reconnected: () -> Void = {}
  ) async throws -> Answer<Value> {
    do {
      if client == nil {
        client = try await options.connect(on: loop)
        reconnected()
      }
      return .value(try await question(client!))
    } catch let error as CancellationError {
      throw error
    } catch let error as DigitClientError where error.isOfOneRequest {
      return .nothing(reason: "\(error)")
    } catch {
      try Task.checkCancellation()
      client = nil
      return .nothing(reason: "\(error)")
    }
  }

  func close() async { await client?.close() }
}

extension DigitClientError {
  /// Whether the connection is as good as before.
  fileprivate var isOfOneRequest: Bool {
    switch self {
    case .refused, .timedOut, .tooManyWaiting: true
    case .invalidAddress, .invalidNetwork, .connectFailed, .tlsFailed, .handshakeFailed,
      .connectionLost, .unknownModel, .tooManyImages, .invalidImages, .serverLeaving, .closed:
      false
    }
  }
}
