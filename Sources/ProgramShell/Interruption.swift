import Dispatch
import Foundation
import PlainText
import Synchronization

/// Whether someone pressed Ctrl-C (SIGINT) or sent SIGTERM. The first signal asks the command to
/// end in order with what it has; the second ends the process at once.
///
/// A command with several phases keeps one for all of them: signals are watched for as long as the
/// process runs, and a phase that begins after the first signal is stopped at once.
package final class Interruption: Sendable {
  private struct State {
    var isRequested = false
    /// Stops the phases under way, by their numbers.
    var stops: [Int: @Sendable () -> Void] = [:]
    var nextNumber = 0
    var cleanups: [Int: @Sendable () -> Void] = [:]
  }

  private let state = Mutex(State())

  /// Nobody interrupts until `request` is called.
  package init() {}

  /// The process's own, whose signals are watched from the first call on.
  package static func watch() -> Interruption { ofProcess }

  private static let ofProcess: Interruption = {
    let interruption = Interruption()
    for number in [SIGINT, SIGTERM] {
      // Who started this process may have blocked the signal, and that is inherited.
      unblock(number)
      // Ignored, or else it would end the process before the source has seen it.
      signal(number, SIG_IGN)
      let isWatched = DispatchSemaphore(value: 0)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        if !interruption.request() {
          interruption.cleanUp()
          die(of: number)
        }
        // Held by its own handler: there is nobody else to keep it.
        withExtendedLifetime(source) {}
      }
      // From the return of this function on none is lost.
      source.setRegistrationHandler { isWatched.signal() }
      source.resume()
      isWatched.wait()
    }
    return interruption
  }()

  package var isRequested: Bool { state.withLock(\.isRequested) }

  /// As the first signal does: stops the phases under way, and each that begins later.
  /// - Returns: false where it was requested before.
  @discardableResult
  package func request() -> Bool {
    let stops = state.withLock { state -> [@Sendable () -> Void]? in
      guard !state.isRequested else { return nil }
      state.isRequested = true
      return Array(state.stops.values)
    }
    guard let stops else { return false }
    for stop in stops { stop() }
    return true
  }

  /// Runs one phase; a request during or before it calls `stop`, on any thread.
  package func during<Value, Failure: Error>(
    stop: @escaping @Sendable () -> Void, _ phase: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    let number = begin(stop)
    defer { end(number) }
    return try phase()
  }

  /// The same of a phase that suspends.
  package func duringAsync<Value: Sendable>(
    stop: @escaping @Sendable () -> Void, _ phase: @Sendable () async throws -> Value
  ) async throws -> Value {
    let number = begin(stop)
    defer { end(number) }
    return try await phase()
  }

  /// Runs one phase in a task, which a request during or before it cancels.
  package func cancelling<Value: Sendable>(
    _ phase: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let task = Task(operation: phase)
    let number = begin { task.cancel() }
    defer { end(number) }
    return try await task.value
  }

  /// Runs a phase that has nothing to save, such as the reading of inputs, which may wait for a
  /// pipe: a request during or before it ends the process with status 1 and this sentence.
  package func ending<Value, Failure: Error>(
    with sentence: String, _ phase: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    try during(stop: { endProcess(saying: sentence) }, phase)
  }

  /// The same of a phase that suspends.
  package func endingAsync<Value: Sendable>(
    with sentence: String, _ phase: @Sendable () async throws -> Value
  ) async throws -> Value {
    try await duringAsync(stop: { endProcess(saying: sentence) }, phase)
  }

  /// Runs one phase; a signal that ends the process at once meanwhile calls `cleanup` first.
  package func withCleanup<Value>(
    _ cleanup: @escaping @Sendable () -> Void, _ phase: () async throws -> Value
  ) async throws -> Value {
    let number = state.withLock { state in
      state.nextNumber += 1
      state.cleanups[state.nextNumber] = cleanup
      return state.nextNumber
    }
    defer { _ = state.withLock { $0.cleanups.removeValue(forKey: number) } }
    return try await phase()
  }

  private func cleanUp() {
    let cleanups = state.withLock { Array($0.cleanups.values) }
    for cleanup in cleanups { cleanup() }
  }

  private func begin(_ stop: @escaping @Sendable () -> Void) -> Int {
    let (number, isLate) = state.withLock { state in
      state.nextNumber += 1
      state.stops[state.nextNumber] = stop
      return (state.nextNumber, state.isRequested)
    }
    if isLate { stop() }
    return number
  }

  private func end(_ number: Int) {
    _ = state.withLock { $0.stops.removeValue(forKey: number) }
  }
}

/// Without what `exit` would run while the main thread is at work.
private func endProcess(saying sentence: String) -> Never {
  StandardStream.errors.write("\(ProcessInfo.processInfo.processName): \(sentence)\n")
  _exit(ExitCode.failed.rawValue)
}

/// Ends the process as the signal does by default, so that a shell sees which one it was.
private func die(of number: CInt) -> Never {
  signal(number, SIG_DFL)
  unblock(number)
  raise(number)
  // The first process of a container does not die of its own signals. Without what `exit` would
  // run while the main thread is at work.
  _exit(128 + number)
}

private func unblock(_ number: CInt) {
  var signals = sigset_t()
  unsafe sigemptyset(&signals)
  unsafe sigaddset(&signals, number)
  unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
}
