import EventLoop
import Glibc

/// Writes log lines on a thread of its own: whoever logs never waits for the one who reads the log.
///
/// The thread begins with the writer and lasts as long as the process.
package final class LogWriter: Sendable {
  /// Writes out what is queued, as far as possible within a second, when the process exits.
  package static let standardError: LogWriter = {
    atexit { LogWriter.standardError.flush(within: .seconds(1)) }
    return LogWriter(descriptor: STDERR_FILENO)
  }()

  private let descriptor: CInt
  private let queue = Guarded(LogQueue())
  private let noticeFormat = Guarded(Log.Format.text)
  private let signal: EventLoop.Semaphore?

  package init(descriptor: CInt) {
    self.descriptor = descriptor
    signal = try? EventLoop.Semaphore()
    guard signal != nil else { return }
    _ = try? WorkerThread { [self] in run() }
  }

  /// Of the lines that the writer adds itself.
  package var format: Log.Format {
    get { noticeFormat.withLock { $0 } }
    set { noticeFormat.withLock { $0 = newValue } }
  }

  /// Queues a whole line with its newline; never waits.
  package func write(_ line: String) {
    switch queue.withLock({ $0.add(line) }) {
    case .none: break
    case .wakeWriter: signal?.signal()
    }
  }

  /// Waits until everything has been written, or the time is up.
  package func flush(within patience: Duration) {
    let end = Instant.now.advanced(by: patience)
    while queue.withLock({ !$0.isIdle }), Instant.now < end { usleep(1_000) }
  }

  private func run() {
    while true {
      signal?.wait()
      while let batch = queue.withLock({ $0.take() }) { write(batch) }
    }
  }

  private func write(_ batch: LogQueue.Batch) {
    for line in batch.lines { writeOut(line) }
    guard batch.droppedCount > 0 else { return }
    let notice = LogLine(.warning, "log lines dropped", [("count", batch.droppedCount)])
    writeOut(notice.text(as: format))
  }

  private func writeOut(_ line: String) {
    var line = line
    line.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      // A log that cannot be written, on a full disk or with its reader gone, is no reason to
      // stop serving.
      while !rest.isEmpty {
        let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      }
    }
  }
}
