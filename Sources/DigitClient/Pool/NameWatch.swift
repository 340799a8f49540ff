import EventLoop

/// Gives the machines behind a name: the system's resolver, or a test.
package typealias NameLookup = @Sendable (SocketAddress) async throws -> [SocketAddress]

/// Looks one name up again and again, when its `LookupClock` says so, and tells what it finds.
/// Nobody waits for it; it ends with its last reference.
final class NameWatch: Sendable {
  private struct State {
    var clock: LookupClock
    /// Sleeps until the next lookup.
    var sleep: Task<Void, Never>?
    var isClosed = false
  }

  private let name: SocketAddress
  private let lookUp: NameLookup
  private let tell: @Sendable ([SocketAddress]) -> Void
  private let state: Guarded<State>

  /// - Parameter tell: called with what each lookup has found: nothing where it failed.
  init(
    _ name: SocketAddress, every interval: Duration, _ lookUp: @escaping NameLookup,
    tell: @escaping @Sendable ([SocketAddress]) -> Void
  ) {
    self.name = name
    self.lookUp = lookUp
    self.tell = tell
    state = Guarded(State(clock: LookupClock(interval: interval)))
  }

  deinit { close() }

  /// The first lookup. Once.
  func begin() {
    // The lookup, and the loop that it is on, live until it ends, whoever has left by then.
    Task { [weak self, name, lookUp] in
      let found = try? await lookUp(name)
      self?.ended(found ?? [])
    }
  }

  /// A server behind the name has failed, or leaves.
  func serverFailed() {
    state.withLock { state in
      guard let moment = state.clock.serverFailed(now: .now) else { return }
      sleep(until: moment, &state)
    }
  }

  func close() {
    state.withLock { state in
      state.isClosed = true
      state.sleep?.cancel()
    }
  }

  private func ended(_ found: [SocketAddress]) {
    tell(found)
    state.withLock { state in
      sleep(until: state.clock.ended(found.isEmpty ? .failed : .found, now: .now), &state)
    }
  }

  private func sleep(until moment: Instant, _ state: inout State) {
    guard !state.isClosed else { return }
    state.sleep?.cancel()
    let time = Duration.nanoseconds(Int64(moment.nanoseconds(since: .now)))
    state.sleep = Task { [weak self] in
      guard (try? await Task.sleep(for: time)) != nil else { return }
      self?.timeIsUp()
    }
  }

  private func timeIsUp() {
    let isDue = state.withLock { $0.clock.timeIsUp() }
    if isDue { begin() }
  }
}
