import CUV
import Glibc

/// Calls back on the loop's thread at a moment, to within microseconds where the processor is
/// free: a `Timer` knows whole milliseconds only.
///
/// One of Linux's timer descriptors, on the clock that `Instant` reads, polled by the loop.
package final class Alarm {
  private let handle = UnsafeMutablePointer<uv_poll_t>.allocate(capacity: 1)
  private let descriptor: CInt
  private let rang: () -> Void
  private var isClosing = false

  package init(on loop: Loop, rang: @escaping () -> Void) throws(UVError) {
    self.rang = rang
    descriptor = timerfd_create(CLOCK_MONOTONIC, CInt(TFD_NONBLOCK) | CInt(TFD_CLOEXEC))
    try UVError.check(descriptor < 0 ? -errno : 0)
    try UVError.check(uv_poll_init(loop.pointer, handle, descriptor))
    handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
    try UVError.check(uv_poll_start(handle, CInt(UV_READABLE.rawValue), alarmRings))
  }

  deinit { handle.deallocate() }

  /// Rings once, at `moment` or at once where that has passed; replaces what was set before.
  package func set(_ moment: Instant) { arm(moment.nanoseconds) }

  package func stop() { arm(0) }

  /// Zero disarms.
  private func arm(_ nanoseconds: UInt64) {
    var times = itimerspec()
    times.it_value.tv_sec = Int(nanoseconds / 1_000_000_000)
    times.it_value.tv_nsec = Int(nanoseconds % 1_000_000_000)
    timerfd_settime(descriptor, CInt(TFD_TIMER_ABSTIME), &times, nil)
  }

  package func close() {
    guard !isClosing else { return }
    isClosing = true
    uv_poll_stop(handle)
    UnsafeMutableRawPointer(handle).withMemoryRebound(to: uv_handle_t.self, capacity: 1) {
      uv_close($0, alarmCloses)
    }
    Glibc.close(descriptor)
  }

  fileprivate func ring() {
    // Unread expirations would make the descriptor readable for ever.
    var expirations: UInt64 = 0
    guard read(descriptor, &expirations, 8) == 8 else { return }
    rang()
  }
}

private func alarmRings(_ handle: UnsafeMutablePointer<uv_poll_t>?, _: CInt, _: CInt) {
  Unmanaged<Alarm>.fromOpaque(handle!.pointee.data).takeUnretainedValue().ring()
}

private func alarmCloses(_ handle: UnsafeMutablePointer<uv_handle_t>?) {
  Unmanaged<Alarm>.fromOpaque(handle!.pointee.data).release()
}
