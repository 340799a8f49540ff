import EventLoop
import Glibc

/// A moment, and what the calling thread had had of the processor by then.
struct ThreadMoment {
  let instant: Instant
  private let times = ProcessorTimes.ofThisThread

  /// The fractions of the time since `earlier` in which the thread ran, and in which it could have
  /// run but had no processor.
  func use(since earlier: ThreadMoment) -> ProcessorUse {
    guard instant > earlier.instant else { return ProcessorUse(busy: 0, waiting: 0) }
    let passed = Double(instant.nanoseconds - earlier.instant.nanoseconds)
    let fraction = { (time: KeyPath<ProcessorTimes, UInt64>) in
      min(Double(times[keyPath: time] &- earlier.times[keyPath: time]) / passed, 1)
    }
    return ProcessorUse(busy: fraction(\.running), waiting: fraction(\.waiting))
  }
}

/// How a thread spent its time, as fractions.
package struct ProcessorUse: Equatable, Sendable {
  package var busy: Double
  /// Ready to run while others had the processors: a sign of too small a machine, or a shared one.
  package var waiting: Double
  /// What leaves no time to see what the server does.
  package var taken: Double { busy + waiting }

  package init(busy: Double, waiting: Double) {
    self.busy = busy
    self.waiting = waiting
  }
}

/// Nanoseconds since the thread began.
private struct ProcessorTimes {
  let running: UInt64
  let waiting: UInt64

  static var ofThisThread: ProcessorTimes {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return ProcessorTimes(
      running: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec),
      waiting: waitingOfThisThread)
  }

  /// The second number of the kernel's "running waiting slices"; 0 where it keeps none.
  private static var waitingOfThisThread: UInt64 {
    let file = open("/proc/thread-self/schedstat", O_RDONLY)
    guard file >= 0 else { return 0 }
    defer { close(file) }
    let text = String(unsafeUninitializedCapacity: 80) { max(read(file, $0.baseAddress, 80), 0) }
    let numbers = text.split { $0 == " " || $0 == "\n" }
    return numbers.count > 1 ? UInt64(numbers[1]) ?? 0 : 0
  }
}
