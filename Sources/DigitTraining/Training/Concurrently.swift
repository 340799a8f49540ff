import Dispatch

/// Calls `body` with 0..<count, each on a thread of its own where there are so many, and returns
/// when all have returned.
///
/// The caller vouches that different numbers write to different memory: that is what
/// `nonisolated(unsafe)` claims here, and nowhere else in this target.
func concurrently(_ count: Int, _ body: (Int) -> Void) {
  withoutActuallyEscaping(body) { body in
    nonisolated(unsafe) let body = body
    DispatchQueue.concurrentPerform(iterations: count) { body($0) }
  }
}
