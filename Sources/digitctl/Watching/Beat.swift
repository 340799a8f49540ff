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
