import DigitClient
import DigitWire

/// Asks a server for its figures over a connection of its own, before and after a load.
final class ServerObserver {
  private let server: ServerOptions
  private var state: State

  private enum State {
    case notConnected
    case connected(DigitClient)
    /// The server takes loads but no such client, or does not tell: no reason to measure nothing.
    case unwelcome
  }

  /// Figures are worth no longer wait.
  private static let patience = Duration.seconds(1)

  /// - Parameter isTold: whether such a server tells.
  init(_ server: ServerOptions, isTold: Bool) {
    self.server = server
    state = isTold ? .notConnected : .unwelcome
  }

  /// Nil where the server does not tell.
  func figures() async -> StatsReply? {
    do {
      return try await client()?.stats()
    } catch {
      await close()
      state = .unwelcome
      return nil
    }
  }

  private func client() async throws -> DigitClient? {
    switch state {
    case .unwelcome: return nil
    case .connected(let client): return client
    case .notConnected:
      let client = try await server.connect(within: min(Self.patience, server.timeout))
      state = .connected(client)
      return client
    }
  }

  func close() async {
    if case .connected(let client) = state { await client.close() }
  }
}
