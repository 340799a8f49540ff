import DigitServer
import Glibc
import Testing

@Suite(.timeLimit(.minutes(1))) struct LogWriterTests {
  @Test func `a full pipe stops nobody who logs, and is told what was dropped once read`() throws {
    let pipe = try Pipe()
    let log = Log(level: .info, write: pipe.writer.write)
    let count = 20_000
    // Would block for ever at some hundred lines if it wrote itself.
    for number in 0..<count { log.info("line", ["number": number]) }
    // Gives up in time though nobody reads.
    pipe.writer.flush(within: .milliseconds(20))
    var text = ""
    while !text.contains(" WARNING log lines dropped ") { text += pipe.read() }
    let numbers = text.matches(of: /INFO line number=(\d+)\n/).compactMap { Int($0.1) }
    let dropped = text.firstMatch(of: /WARNING log lines dropped count=(\d+)\n/)
    #expect(numbers == Array(0..<numbers.count), "lines are out of order")
    #expect(numbers.count < count)
    #expect(dropped.flatMap { Int($0.1) } == count - numbers.count)
    log.info("after")
    pipe.writer.flush(within: .seconds(30))
    #expect(pipe.read().hasSuffix(" INFO after\n"))
  }

  @Test func `a log whose reader has gone stops nobody`() throws {
    let pipe = try Pipe()
    signal(SIGPIPE, SIG_IGN)
    pipe.closeReader()
    for _ in 0..<10_000 { pipe.writer.write("line\n") }
    pipe.writer.flush(within: .seconds(30))
  }
}

/// A writer to a pipe, which nobody reads unless the test does.
private final class Pipe {
  let writer: LogWriter
  private var reader: CInt

  init() throws {
    var ends: [CInt] = [-1, -1]
    try #require(pipe(&ends) == 0)
    reader = ends[0]
    writer = LogWriter(descriptor: ends[1])
  }

  deinit { closeReader() }

  func closeReader() {
    if reader >= 0 { close(reader) }
    reader = -1
  }

  /// Waits for something.
  func read() -> String {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = Glibc.read(reader, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
  }
}
