import EventLoop

/// The servers that a pool has now: those that its addresses stand for, and which is asked next.
final class PoolRoster: Sendable {
  /// A server to be asked: `ended` is to be called for it once.
  struct Choice {
    let id: EndpointChooser.ID
    let endpoint: PoolEndpoint
    /// The index of the address that the pool was given.
    let origin: Int
  }

  enum Answer {
    case server(Choice)
    /// No name has been looked up yet.
    case unknown
    case closed
  }

  private struct Server {
    let endpoint: PoolEndpoint
    let origin: Int
  }

  private struct State {
    var chooser = EndpointChooser()
    var servers: [EndpointChooser.ID: Server] = [:]
    var random = SystemRandomNumberGenerator()
    var isClosed = false
  }

  private let given: [SocketAddress]
  private let locality: Locality
  private let options: ClientOptions
  private let state = Guarded(State())
  private let hasServer: AsyncStream<Void>.Continuation
  /// Ends when there is a server, or there will be none.
  let firstServer: Task<Void, any Error>

  /// Numbers are servers at once, names when they have been looked up.
  init(_ given: [SocketAddress], _ locality: Locality, _ options: ClientOptions) {
    self.given = given
    self.locality = locality
    self.options = options
    let (arrivals, hasServer) = AsyncStream.makeStream(of: Void.self)
    self.hasServer = hasServer
    firstServer = Task { for await _ in arrivals { return } }
    for address in given where !address.isName { found([address], for: address) }
  }

  /// What a lookup of `name` has found. Where that is nothing, what was found before stays; and
  /// where that is nothing too, the name itself is the server, so that connecting to it says what
  /// is wrong.
  func found(_ machines: [SocketAddress], for name: SocketAddress) {
    let gone = state.withLock { state -> [PoolEndpoint] in
      guard !state.isClosed else { return [] }
      return given.indices.filter { given[$0] == name }.flatMap {
        set(machines, of: $0, &state)
      }
    }
    hasServer.yield()
    close(gone)
  }

  /// - Returns: the endpoints that nothing is in flight to and nobody will ask again.
  private func set(
    _ machines: [SocketAddress], of origin: Int, _ state: inout State
  ) -> [PoolEndpoint] {
    guard !machines.isEmpty || !state.chooser.hasEndpoints(of: origin) else { return [] }
    let name = given[origin]
    let places = (machines.isEmpty ? [name] : machines).map { locality.place($0, of: name) }
    let change = state.chooser.resolved(origin, to: places)
    for newcomer in change.come {
      state.servers[newcomer.id] = Server(
        endpoint: PoolEndpoint(newcomer.address, options: options(for: name)), origin: origin)
    }
    return change.gone.map { state.servers.removeValue(forKey: $0)!.endpoint }
  }

  private func options(for name: SocketAddress) -> ClientOptions {
    var options = options
    if case .internet(let host, _) = name { options.hostName = host }
    return options
  }

  private func close(_ endpoints: [PoolEndpoint]) {
    guard !endpoints.isEmpty else { return }
    Task { for endpoint in endpoints { await endpoint.close() } }
  }

  func close() async {
    let endpoints = state.withLock { state in
      state.isClosed = true
      return state.servers.values.map(\.endpoint)
    }
    hasServer.finish()
    for endpoint in endpoints { await endpoint.close() }
  }
}

// MARK: - Attempts

extension PoolRoster {
  func choose(avoiding tried: Set<EndpointChooser.ID>) -> Answer {
    state.withLock { state in
      guard !state.isClosed else { return .closed }
      guard let id = state.chooser.choose(avoiding: tried, now: .now, using: &state.random)
      else { return .unknown }
      let server = state.servers[id]!
      return .server(Choice(id: id, endpoint: server.endpoint, origin: server.origin))
    }
  }

  func hasOthers(than tried: Set<EndpointChooser.ID>) -> Bool {
    state.withLock { $0.chooser.hasOthers(than: tried) }
  }

  /// - Returns: whether this is the first that is heard of a failure.
  func ended(_ choice: Choice, _ ending: EndpointChooser.Ending) -> Bool {
    let aftermath = state.withLock { state in
      let aftermath = state.chooser.ended(choice.id, ending, now: .now)
      if aftermath.isGone { state.servers[choice.id] = nil }
      return aftermath
    }
    if aftermath.isGone { close([choice.endpoint]) }
    return aftermath.isNews
  }
}
