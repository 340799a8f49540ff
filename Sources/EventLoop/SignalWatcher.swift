import CUV
import Glibc

/// Calls back on the loop's thread when the process gets a signal.
package final class SignalWatcher {
  private let handle = UnsafeMutablePointer<uv_signal_t>.allocate(capacity: 1)
  private let received: (CInt) -> Void
  private var isClosing = false

  package init(
    _ signal: CInt, on loop: Loop, received: @escaping (CInt) -> Void
  ) throws(UVError) {
    self.received = received
    // Who started this process may have blocked the signal, and that is inherited.
    Self.mask(signal, SIG_UNBLOCK)
    try UVError.check(uv_signal_init(loop.pointer, handle))
    handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
    try UVError.check(uv_signal_start(handle, signalArrives, signal))
  }

  deinit { handle.deallocate() }

  package func close() {
    guard !isClosing else { return }
    isClosing = true
    UnsafeMutableRawPointer(handle).withMemoryRebound(to: uv_handle_t.self, capacity: 1) {
      uv_close($0, signalCloses)
    }
  }

  /// A peer that has gone away must be an error of one write, not the process's end.
  package static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }

  /// As `ignoreBrokenPipes`, for a library, which must leave the process's signals alone.
  package static func blockBrokenPipesOnThisThread() { mask(SIGPIPE, SIG_BLOCK) }

  private static func mask(_ signal: CInt, _ how: CInt) {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, signal)
    pthread_sigmask(how, &signals, nil)
  }

  fileprivate func receive(_ signal: CInt) { received(signal) }
}

private func signalArrives(_ handle: UnsafeMutablePointer<uv_signal_t>?, _ signal: CInt) {
  Unmanaged<SignalWatcher>.fromOpaque(handle!.pointee.data).takeUnretainedValue().receive(signal)
}

private func signalCloses(_ handle: UnsafeMutablePointer<uv_handle_t>?) {
  Unmanaged<SignalWatcher>.fromOpaque(handle!.pointee.data).release()
}
