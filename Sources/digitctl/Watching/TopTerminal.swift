import DigitTop
import Dispatch
import Foundation
import PlainText
import ProgramShell
import Synchronization

/// A terminal that shows pictures of its own size on its alternate screen, until `close`.
final class TopTerminal: Sendable {
  private enum Phase {
    case open(TopState)
    case closed
  }

  private let phase: Mutex<Phase>
  private let isInColour: Bool
  /// Only kept: they call back on a queue of their own.
  nonisolated(unsafe) private let sources: [any DispatchSourceProtocol]
  private let settings: termios?

  /// - Returns: nil where the output is no terminal that can do this.
  init?(_ state: TopState, environment: [String: String] = ProcessInfo.processInfo.environment) {
    let kind = environment["TERM"] ?? "dumb"
    guard isatty(STDOUT_FILENO) == 1, kind != "dumb", kind != "" else { return nil }
    phase = Mutex(.open(state))
    isInColour = (environment["NO_COLOR"] ?? "").isEmpty
    settings = Self.readKeysAtOnce()
    signal(SIGWINCH, SIG_IGN)
    let resized = DispatchSource.makeSignalSource(signal: SIGWINCH, queue: .global())
    let keys = DispatchSource.makeReadSource(fileDescriptor: STDIN_FILENO, queue: .global())
    unsafe sources = settings == nil ? [resized] : [resized, keys]
    StandardStream.output.enterAlternateScreen()
    resized.setEventHandler { [weak self] in self?.change { _ in } }
    keys.setEventHandler { if Self.readsQuit() { Interruption.watch().request() } }
    for source in unsafe sources { source.resume() }
    change { _ in }
  }

  /// Changes what is known, and shows it.
  func change(_ body: (inout TopState) -> Void) {
    // One picture at a time, from whichever thread.
    phase.withLock { phase in
      guard case .open(var state) = phase else { return }
      body(&state)
      phase = .open(state)
      let size = StandardStream.output.terminalSize ?? (columns: 80, rows: 24)
      StandardStream.output.draw(
        TopScreen.lines(state, columns: size.columns, rows: size.rows), inColour: isInColour)
    }
  }

  /// Gives the terminal back as it was.
  func close() {
    for source in unsafe sources { source.cancel() }
    let isFirst = phase.withLock { phase in
      guard case .open = phase else { return false }
      phase = .closed
      return true
    }
    if isFirst { restore() }
  }

  /// The same for a process that is about to die, without waiting for a picture that the terminal
  /// does not take.
  func abandon() {
    let isFirst = phase.withLockIfAvailable { phase in
      guard case .open = phase else { return false }
      phase = .closed
      return true
    }
    if isFirst ?? true { restore() }
  }

  private func restore() {
    if var settings { _ = unsafe tcsetattr(STDIN_FILENO, TCSANOW, &settings) }
    StandardStream.output.leaveAlternateScreen()
  }

  /// Keys come without a return and are not shown; Ctrl-Z and Ctrl-\\ do nothing, which would leave
  /// the terminal as it is.
  /// - Returns: what was set before; nil where no terminal is read.
  private static func readKeysAtOnce() -> termios? {
    var settings = termios()
    guard unsafe tcgetattr(STDIN_FILENO, &settings) == 0 else { return nil }
    let before = settings
    settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
    unsafe withUnsafeMutableBytes(of: &settings.c_cc) { characters in
      unsafe characters[Int(VSUSP)] = 0
      unsafe characters[Int(VQUIT)] = 0
    }
    return unsafe tcsetattr(STDIN_FILENO, TCSANOW, &settings) == 0 ? before : nil
  }

  private static func readsQuit() -> Bool {
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = unsafe read(STDIN_FILENO, &bytes, bytes.count)
    // A terminal that is gone is a person who is.
    return count <= 0 || bytes.prefix(count).contains(UInt8(ascii: "q"))
  }
}
