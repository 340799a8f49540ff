import CUV
import Glibc
import Synchronization

/// The one call into a loop that other threads may make: "look at what I left for you".
///
/// Several wakes before the loop looks become one. It may be kept, and `wake` called, for longer
/// than its loop lives.
package final class Wakeup: Sendable {
  // uv_async_send is the one function of libuv that is safe from any thread, until the handle is
  // closed: then it would write to a loop that may be gone.
  nonisolated(unsafe) private let handle = UnsafeMutablePointer<uv_async_t>.allocate(capacity: 1)
  nonisolated(unsafe) private let woken: () -> Void
  /// How many threads are inside `wake`, and `closed` on top of that once no other may enter.
  private let wakers = Atomic<UInt32>(0)

  private static let closed: UInt32 = 1 << 31

  /// On the loop's thread.
  package init(on loop: Loop, woken: @escaping () -> Void) throws(UVError) {
    self.woken = woken
    try UVError.check(uv_async_init(loop.pointer, handle, loopIsWoken))
    handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
  }

  deinit { handle.deallocate() }

  /// From any thread, at any time; nothing happens once this is closed.
  package func wake() {
    // Who comes late stays out, lest `close` waits for one after another.
    guard wakers.load(ordering: .relaxed) & Self.closed == 0 else { return }
    let before = wakers.wrappingAdd(1, ordering: .acquiring).oldValue
    if before & Self.closed == 0 { uv_async_send(handle) }
    wakers.wrappingSubtract(1, ordering: .releasing)
  }

  /// On the loop's thread; safe to call twice. Waits for threads that are inside `wake` at this
  /// moment: each is there for the length of one write to an eventfd, which does not block.
  package func close() {
    let before = wakers.bitwiseOr(Self.closed, ordering: .acquiringAndReleasing).oldValue
    guard before & Self.closed == 0 else { return }
    while wakers.load(ordering: .acquiring) != Self.closed { sched_yield() }
    UnsafeMutableRawPointer(handle).withMemoryRebound(to: uv_handle_t.self, capacity: 1) {
      uv_close($0, wakeupCloses)
    }
  }

  fileprivate func look() { woken() }
}

private func loopIsWoken(_ handle: UnsafeMutablePointer<uv_async_t>?) {
  Unmanaged<Wakeup>.fromOpaque(handle!.pointee.data).takeUnretainedValue().look()
}

private func wakeupCloses(_ handle: UnsafeMutablePointer<uv_handle_t>?) {
  Unmanaged<Wakeup>.fromOpaque(handle!.pointee.data).release()
}
