import Foundation

/// One of the two streams on which a program speaks.
package enum StandardStream: Int32, Sendable {
  case output = 1
  /// For the person at the keyboard, not for who reads the output.
  case errors = 2

  /// To be called before a program opens anything: a stream that was closed when it started must
  /// not become the number of some connection, and a reader that is gone must not end it by a
  /// signal, which would do so on some threads only.
  package static func prepare() {
    signal(SIGPIPE, SIG_IGN)
    for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) == -1 {
      // Takes the lowest free number, which is this one; what is written to it fails.
      _ = unsafe open("/dev/null", O_RDONLY)
    }
  }

  /// Writes text at once, to its end; control characters but line ends and tabs are escaped, for
  /// names and messages in it may come from anywhere.
  ///
  /// A program whose output cannot be written ends with status 1, silently where the reader has
  /// closed the pipe. Standard error that cannot be written is ignored.
  package func write(_ text: String) { send(text.escapedLines) }

  /// Replaces the line on which a terminal's cursor stands, and leaves the cursor at its end. What
  /// does not fit is cut off: a line that wraps could not be replaced.
  package func replaceLine(_ text: String) {
    send("\r\u{1b}[K\(text.escaped.prefix(columnCount - 1))")
  }

  /// Empties a terminal's screen.
  package func clearScreen() { send("\u{1b}[H\u{1b}[J") }

  /// Shows a terminal's other screen, without a cursor; the first one stays as it is behind it.
  package func enterAlternateScreen() { send("\u{1b}[?1049h\u{1b}[?25l") }

  package func leaveAlternateScreen() { send("\u{1b}[?25h\u{1b}[?1049l") }

  /// Shows these lines and nothing else on a terminal, without its flickering.
  package func draw(_ lines: [ScreenLine], inColour: Bool) {
    let text = lines.map { line in
      let shown = line.text.escaped
      return (inColour ? line.style.begin + shown + line.style.end : shown) + "\u{1b}[K"
    }
    send("\u{1b}[H\(text.joined(separator: "\r\n"))\u{1b}[J")
  }

  private func send(_ text: String) {
    guard let error = failure(writing: Array(text.utf8)), self == .output else { return }
    if error != EPIPE {
      let name = ProcessInfo.processInfo.processName
      let reason = unsafe String(cString: strerror(error))
      StandardStream.errors.write("\(name): cannot write to standard output: \(reason)\n")
    }
    exit(1)
  }

  /// The system's number of why not all was written.
  private func failure(writing bytes: [UInt8]) -> Int32? {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes {
        unsafe Foundation.write(rawValue, $0.baseAddress!, $0.count)
      }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        waitForRoom()
      } else if errno != EINTR {
        return errno
      }
    }
    return nil
  }

  /// Whoever shares a terminal or a pipe with us may have asked it never to wait.
  private func waitForRoom() {
    var waited = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
    unsafe poll(&waited, 1, -1)
  }
}
