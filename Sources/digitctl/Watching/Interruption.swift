import Dispatch
import Foundation

/// Runs `body` in a task that the first Ctrl-C (or SIGTERM) cancels, so that it can sum up; the
/// second ends the program as ever.
func untilInterrupted<Value: Sendable>(
  _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
  let task = Task(operation: body)
  let sources = [SIGINT, SIGTERM].map { number in
    // Ignored, or else it would end the process before the source has seen it.
    signal(number, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
    source.setEventHandler {
      signal(number, SIG_DFL)
      task.cancel()
    }
    source.resume()
    return source
  }
  defer { for source in sources { source.cancel() } }
  return try await task.value
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
