import EventLoop

/// One server of a pool: its connection, made anew once it has ended.
final class PoolEndpoint: Sendable {
  /// A connection made or being made, by its number, which counts upwards.
  struct Link {
    let number: Int
    fileprivate let stage: Stage
  }

  fileprivate enum Stage {
    case connecting(Task<DigitClient, any Error>)
    case open(DigitClient)
  }

  private struct State {
    var number = 0
    var stage: Stage?
    var isClosed = false
  }

  private let address: SocketAddress
  private let options: ClientOptions
  private let state = Guarded(State())

  init(_ address: SocketAddress, options: ClientOptions) {
    self.address = address
    self.options = options
  }

  /// - Throws: `DigitClientError.closed`.
  func link() throws(DigitClientError) -> Link {
    try state.withLock { state throws(DigitClientError) in
      guard !state.isClosed else { throw .closed }
      if let stage = state.stage { return Link(number: state.number, stage: stage) }
      state.number += 1
      let task = Task { [address, options] in
        try await DigitClient.connect(to: address.description, options: options)
      }
      state.stage = .connecting(task)
      return Link(number: state.number, stage: .connecting(task))
    }
  }

  /// The connection when it is open.
  /// - Throws: why it cannot be made; `timedOut`; `closed`; `CancellationError`, which leaves it to
  ///   others.
  func client(_ link: Link, within patience: Duration?) async throws -> DigitClient {
    switch link.stage {
    case .open(let client): return client
    case .connecting(let task):
      let client = try await connected(task, within: patience)
      state.withLock { if $0.number == link.number, $0.stage != nil { $0.stage = .open(client) } }
      return client
    }
  }

  private func connected(
    _ task: Task<DigitClient, any Error>, within patience: Duration?
  ) async throws -> DigitClient {
    do {
      return try await value(of: task, within: patience)
    } catch is CancellationError where !Task.isCancelled {
      // It was `close` that cancelled, and not who waits.
      throw DigitClientError.closed
    }
  }

  /// No request goes over this connection any more; those that are under way keep it.
  func discard(_ link: Link) {
    state.withLock { if $0.number == link.number { $0.stage = nil } }
  }

  func close() async {
    let stage = state.withLock { state in
      defer { state.stage = nil }
      state.isClosed = true
      return state.stage
    }
    switch stage {
    case .open(let client): await client.close()
    case .connecting(let task): task.cancel()
    case nil: break
    }
  }
}

/// The task's value; unlike `Task.value` it ends with the caller's patience or cancellation, and
/// leaves the task to go on for others.
func value<Value: Sendable>(
  of task: Task<Value, any Error>, within patience: Duration?
) async throws -> Value {
  let (results, arrival) = AsyncStream.makeStream(of: Result<Value, any Error>.self)
  Task { arrival.yield(await task.result) }
  let timer = patience.map { patience in
    Task {
      try await Task.sleep(for: patience)
      arrival.yield(.failure(DigitClientError.timedOut(after: patience, processed: .no)))
    }
  }
  defer { timer?.cancel() }
  for await result in results { return try result.get() }
  throw CancellationError()
}
