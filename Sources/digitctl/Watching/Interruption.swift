import Dispatch
import Foundation

/// Runs `body` in a task that the first Ctrl-C (or SIGTERM) cancels, so that it can sum up; the
/// second ends the program as ever.
func untilInterrupted<Value: Sendable>(
  _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
  let task = Task(operation: body)
  let interruption = Interruption { task.cancel() }
  defer { interruption.end() }
  return try await task.value
}

/// Hears the first Ctrl-C (or SIGTERM); the second ends the program as ever.
struct Interruption {
  private let sources: [any DispatchSourceSignal]
  private static let signals = [SIGINT, SIGTERM]

  init(_ act: @escaping @Sendable () -> Void) {
    sources = Self.signals.map { number in
      // Ignored, or else it would end the process before the source has seen it.
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        signal(number, SIG_DFL)
        act()
      }
      source.resume()
      return source
    }
  }

  /// From here on the signals do what they always do.
  func end() {
    for source in sources { source.cancel() }
    for number in Self.signals { signal(number, SIG_DFL) }
  }
}

/// A beat that does not drift: each is one interval after the last, though the work between them
/// takes time. Beats that were missed are left out.
struct Beat {
  let interval: Duration
  private var next = ContinuousClock.now

  init(every interval: Duration) { self.interval = interval }

  /// - Throws: `CancellationError`.
  mutating func wait() async throws {
    next = max(next.advanced(by: interval), .now)
    try await Task.sleep(until: next, clock: .continuous)
  }
}
