import CProcess
import EventLoop

/// Bytes that the process has from the allocator, looked up at most so often: the allocator walks
/// through all that is free, which a peer that asks again and again must not make us do.
struct HeapGauge {
  private static let interval = Duration.seconds(1)

  private var byteCount: UInt64 = 0
  private var lookedUp: Instant?

  mutating func byteCount(now: Instant) -> UInt64 {
    if let lookedUp, !now.isAtLeast(Self.interval, after: lookedUp) { return byteCount }
    lookedUp = now
    byteCount = UInt64(heap_allocated_byte_count())
    return byteCount
  }
}
