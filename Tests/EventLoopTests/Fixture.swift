import EventLoop
import Testing

/// Runs a loop until nothing is left on it, then checks that everything was closed: `close`
/// stops the process otherwise.
func withLoop(_ body: (Loop) throws -> Void) throws {
  let loop = try Loop()
  try body(loop)
  loop.run()
  loop.close()
}

/// Keeps what happens on a stream, and lets a test act on it.
final class Witness: ByteStreamDelegate {
  var received: [UInt8] = []
  private(set) var hasReachedEnd = false
  private(set) var failures: [UVError] = []
  private(set) var closeCount = 0

  var onRead: (ByteStream) -> Void = { _ in }
  var onEnd: (ByteStream) -> Void = { $0.close() }
  var onSend: (ByteStream) -> Void = { _ in }

  func stream(_ stream: ByteStream, didRead bytes: UnsafeRawBufferPointer) {
    received += bytes
    onRead(stream)
  }

  func streamDidReachEnd(_ stream: ByteStream) {
    hasReachedEnd = true
    onEnd(stream)
  }

  func streamDidSend(_ stream: ByteStream) { onSend(stream) }

  func stream(_ stream: ByteStream, didFail error: UVError) {
    failures.append(error)
    stream.close()
  }

  func streamDidClose(_ stream: ByteStream) { closeCount += 1 }
}

/// Two ends of one TCP connection on the loop; neither reads yet. `body` runs on the loop when
/// both are there.
func connectPair(
  on loop: Loop, _ client: Witness, _ server: Witness,
  _ body: @escaping (_ client: ByteStream, _ server: ByteStream) -> Void
) throws {
  var ends: (client: ByteStream?, server: ByteStream?)
  let meet = {
    guard let client = ends.client, let server = ends.server else { return }
    body(client, server)
  }
  var listener: Listener?
  listener = try Listener(.internet(host: "127.0.0.1", port: 0), loop: loop) { socket in
    listener?.close()
    guard let stream = try? ByteStream(adopting: socket, loop: loop) else {
      Issue.record("expected a stream")
      return
    }
    stream.delegate = server
    ends.server = stream
    meet()
  }
  Connector.connect(to: try #require(listener).address, on: loop) { result in
    guard let stream = try? result.get() else {
      Issue.record("expected a connection")
      return
    }
    stream.delegate = client
    ends.client = stream
    meet()
  }
}

extension ByteStream {
  func write(_ bytes: [UInt8]) { bytes.withUnsafeBytes { write($0) } }
}

/// Bytes whose order shows: a period that is prime to every buffer size.
func pattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8($0 % 251) } }

/// Calls `body` when at least one whole turn of the loop, flush and poll included, has passed.
func later(on loop: Loop, _ body: @escaping () -> Void) {
  var timer: Timer?
  var turnCount = 0
  timer = try? Timer(on: loop) {
    turnCount += 1
    guard turnCount == 2 else { return }
    timer?.close()
    timer = nil
    body()
  }
  timer?.start(after: .milliseconds(1), every: .milliseconds(1))
}
