import CUV

/// The one call into a loop that other threads may make: "look at what I left for you".
///
/// Several wakes before the loop looks become one.
package final class Wakeup: Sendable {
  // uv_async_send is the one function of libuv that is safe from any thread.
  nonisolated(unsafe) private let handle = UnsafeMutablePointer<uv_async_t>.allocate(capacity: 1)
  nonisolated(unsafe) private let woken: () -> Void

  /// On the loop's thread.
  package init(on loop: Loop, woken: @escaping () -> Void) throws(UVError) {
    self.woken = woken
    try UVError.check(uv_async_init(loop.pointer, handle, loopIsWoken))
    handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
  }

  deinit { handle.deallocate() }

  package func wake() { uv_async_send(handle) }

  /// On the loop's thread, when no other will call `wake` again.
  package func close() {
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
