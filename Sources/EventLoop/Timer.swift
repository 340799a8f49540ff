import CUV

/// Calls back on the loop's thread, once or again and again.
package final class Timer {
  private let handle = UnsafeMutablePointer<uv_timer_t>.allocate(capacity: 1)
  private let fired: () -> Void
  private var isClosing = false

  package init(on loop: Loop, fired: @escaping () -> Void) throws(UVError) {
    self.fired = fired
    try UVError.check(uv_timer_init(loop.pointer, handle))
    handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
  }

  deinit { handle.deallocate() }

  /// Starts anew; resolution 1 ms, never early.
  package func start(after delay: Duration, every interval: Duration = .zero) {
    // The loop's own idea of the time is that of its last turn, which may be long ago.
    uv_update_time(handle.pointee.loop)
    uv_timer_start(handle, timerFires, delay.wholeMilliseconds, interval.wholeMilliseconds)
  }

  package func stop() { uv_timer_stop(handle) }

  package func close() {
    guard !isClosing else { return }
    isClosing = true
    UnsafeMutableRawPointer(handle).withMemoryRebound(to: uv_handle_t.self, capacity: 1) {
      uv_close($0, timerCloses)
    }
  }

  fileprivate func fire() { fired() }
}

private func timerFires(_ handle: UnsafeMutablePointer<uv_timer_t>?) {
  Unmanaged<Timer>.fromOpaque(handle!.pointee.data).takeUnretainedValue().fire()
}

private func timerCloses(_ handle: UnsafeMutablePointer<uv_handle_t>?) {
  Unmanaged<Timer>.fromOpaque(handle!.pointee.data).release()
}
