import CProcess
import Foundation

/// A program that ends with the thread that started it, also where a signal ends our process.
///
/// Foundation's `Process` would leave it running then: it is in a process group of its own, which
/// Ctrl-C does not reach.
struct BoundProcess: ~Copyable {
  private let child: pid_t

  /// How a process ended.
  enum End: Equatable {
    case exited(status: Int32)
    case killed(signal: Int32)
    /// It took too long, and was killed for it.
    case late
  }

  /// The system gives no process, or cannot execute the file.
  struct StartError: Error {
    let number: Int32
  }

  init(
    _ program: URL, _ first: String, _ second: String, input: FileHandle, output: FileHandle,
    errors: FileHandle
  ) throws(StartError) {
    var child = pid_t()
    let number = unsafe start_program(
      program.path, first, second, input.fileDescriptor, output.fileDescriptor,
      errors.fileDescriptor, &child)
    guard number == 0 else { throw StartError(number: number) }
    self.child = child
  }

  /// Waits for its end; kills it when `timeLimit` has passed.
  consuming func end(within timeLimit: Duration) -> End {
    let deadline = ContinuousClock.now + timeLimit
    var status: Int32 = 0
    while unsafe waitpid(child, &status, WNOHANG) == 0 {
      guard ContinuousClock.now < deadline else {
        kill(child, SIGKILL)
        unsafe waitpid(child, &status, 0)
        return .late
      }
      usleep(2_000)
    }
    let signal = status & 0x7f
    return signal == 0 ? .exited(status: status >> 8 & 0xff) : .killed(signal: signal)
  }
}
