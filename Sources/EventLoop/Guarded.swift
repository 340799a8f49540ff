import CThreadSanitizer
import Synchronization

/// A value that several threads share, one at a time: a `Mutex` that the thread sanitizer sees.
///
/// Where two threads want a `Mutex` at once it changes hands in the standard library and the
/// kernel, which the sanitizer does not watch: it would take every access after that for a race.
package struct Guarded<Value>: ~Copyable, Sendable {
  private let mutex: Mutex<Value>
  /// What stands for the lock before the sanitizer: an address that never changes.
  nonisolated(unsafe) private let token = UnsafeMutableRawPointer.allocate(
    byteCount: 1, alignment: 1)

  package init(_ value: consuming sending Value) { mutex = Mutex(value) }

  deinit { token.deallocate() }

  @inline(__always)
  package borrowing func withLock<Result, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    let token = token
    return try mutex.withLock { value throws(Failure) in
      sanitizer_acquires(token)
      defer { sanitizer_releases(token) }
      return try body(&value)
    }
  }
}
