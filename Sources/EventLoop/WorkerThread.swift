import CUV
import Glibc

/// An operating-system thread that runs one function to its end.
package final class WorkerThread: @unchecked Sendable {
  private let handle = UnsafeMutablePointer<uv_thread_t>.allocate(capacity: 1)

  /// - Throws: `UVError` when the system gives no more threads.
  package init(_ body: sending @escaping () -> Void) throws(UVError) {
    let box = Unmanaged.passRetained(Body(body))
    let status = uv_thread_create(handle, threadBegins, box.toOpaque())
    guard status == 0 else {
      box.release()
      throw UVError(code: status)
    }
  }

  deinit { handle.deallocate() }

  /// Keeps the thread on one processor from now on; before `join`.
  /// - Throws: `UVError` where the system has no such processor for this process.
  package func keep(onProcessor processor: Int) throws(UVError) {
    try Processors.keep(handle.pointee, on: processor)
  }

  /// Lets all other threads of the system go before the calling one, from now on: where they leave
  /// no processor idle, it gets about a tenth of what each of them has.
  package static func lowerPriority() {
    // On Linux, 0 is the calling thread, which has a nice value of its own.
    setpriority(CInt(PRIO_PROCESS.rawValue), 0, 10)
  }

  /// Waits until the function has returned. Once.
  package func join() { uv_thread_join(handle) }
}

/// Counts what may be taken; takers wait while there is nothing.
package final class Semaphore: Sendable {
  nonisolated(unsafe) private let handle = UnsafeMutablePointer<uv_sem_t>.allocate(capacity: 1)

  package init() throws(UVError) { try UVError.check(uv_sem_init(handle, 0)) }

  deinit {
    uv_sem_destroy(handle)
    handle.deallocate()
  }

  package func signal() { uv_sem_post(handle) }
  package func wait() { uv_sem_wait(handle) }
}

private final class Body {
  let run: () -> Void
  init(_ run: @escaping () -> Void) { self.run = run }
}

private func threadBegins(_ argument: UnsafeMutableRawPointer?) {
  Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue().run()
}
