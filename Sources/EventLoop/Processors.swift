import CProcess
import CUV

/// The processors that this process's threads may run on.
package enum Processors {
  /// As many as Linux's own set holds.
  private static let countMax = 1_024

  /// Their numbers, in order; those of the container or the `taskset` that it runs in.
  package static var allowed: [Int] {
    let numbers = [CInt](unsafeUninitializedCapacity: countMax) { buffer, count in
      count = allowed_processors(buffer.baseAddress, countMax)
    }
    return numbers.map(Int.init)
  }

  /// Keeps a thread on one processor.
  /// - Throws: `UVError` where the system has no such processor for this process.
  static func keep(_ thread: uv_thread_t, on processor: Int) throws(UVError) {
    try UVError.check(-keep_thread_on_processor(thread, CInt(clamping: processor)))
  }
}
