import DigitServer
import Dispatch
import Foundation

/// What signals do to the process before its server takes SIGTERM and SIGINT over, and those that
/// a server has no use for.
enum ProcessSignals {
  /// SIGTERM and SIGINT end the process at once, in order: nothing has been accepted yet. As the
  /// first process of a container it would otherwise ignore them.
  static func stopWhileLoading() {
    for number in [SIGTERM, SIGINT] { signal(number, endOfLoading) }
  }

  /// Their default is to end the process without a drain; here they are logged, and do nothing.
  /// SIGHUP does nothing until the server takes it over: what it asks for is being done.
  static func ignoreOthers(log: Log) {
    signal(SIGHUP, SIG_IGN)
    for (number, name) in [(SIGUSR1, "SIGUSR1"), (SIGUSR2, "SIGUSR2"), (SIGALRM, "SIGALRM")] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        log.warning("signal ignored", ["signal": name])
        // Kept alive by its own handler: nothing else holds it.
        withExtendedLifetime(source) {}
      }
      source.resume()
    }
  }
}

/// Runs in a signal handler: it may only write and end.
private func endOfLoading(_ number: CInt) {
  let line: StaticString = "digitd: stopped while loading\n"
  _ = unsafe write(STDERR_FILENO, line.utf8Start, line.utf8CodeUnitCount)
  _exit(0)
}
