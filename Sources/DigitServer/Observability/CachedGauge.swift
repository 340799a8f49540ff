import CProcess
import EventLoop
import Glibc

/// A number that is looked up at most so often: a look costs something, and peers may ask again and
/// again.
struct CachedGauge: Sendable {
  private static let interval = Duration.seconds(1)

  private let read: @Sendable () -> UInt64
  private var value: UInt64 = 0
  private var lookedUp: Instant?

  init(_ read: @escaping @Sendable () -> UInt64) { self.read = read }

  mutating func value(now: Instant) -> UInt64 {
    if let lookedUp, !now.isAtLeast(Self.interval, after: lookedUp) { return value }
    lookedUp = now
    value = read()
    return value
  }
}

extension CachedGauge {
  /// Bytes that the process has from the allocator, without large blocks. It walks through all that
  /// is free.
  static let heapByteCount = CachedGauge { UInt64(heap_allocated_byte_count()) }

  /// Bytes of the process that are in memory; 0 where the system does not tell.
  static let residentByteCount = CachedGauge { UInt64(ProcessMemory.residentByteCount) }
}

/// Times of the process as the system tells them, in nanoseconds.
enum ProcessClock {
  /// Since 1970.
  static var nanosecondsSince1970: UInt64 { nanoseconds(CLOCK_REALTIME) }
  /// Of all processors, for this process.
  static var processorNanoseconds: UInt64 { nanoseconds(CLOCK_PROCESS_CPUTIME_ID) }

  /// For the calling thread.
  static var threadNanoseconds: UInt64 { nanoseconds(CLOCK_THREAD_CPUTIME_ID) }

  private static func nanoseconds(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
