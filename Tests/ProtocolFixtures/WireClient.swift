import DigitWire
import Glibc

/// A client that sends any bytes and reads frames, one blocking call after another: simple enough
/// to be right, and none of the code under test but the frame header.
package final class WireClient: Sendable {
  private let descriptor: CInt

  private static let patienceMilliseconds = 30_000

  package init(port: UInt16) {
    descriptor = Self.socket(AF_INET)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    precondition(status == 0, "cannot connect to port \(port)")
    patience(milliseconds: Self.patienceMilliseconds)
  }

  /// Over a Unix socket.
  package init(path: String) {
    descriptor = Self.socket(AF_UNIX)
    let status = withUnixAddress(path) { connect(descriptor, $0, $1) }
    precondition(status == 0, "cannot connect to \(path)")
    patience(milliseconds: Self.patienceMilliseconds)
  }

  /// The other side: a connection that was accepted.
  package init(descriptor: CInt) {
    self.descriptor = descriptor
    patience(milliseconds: Self.patienceMilliseconds)
  }

  /// Not inherited: a process that is started meanwhile would keep the connection open.
  private static func socket(_ family: CInt) -> CInt {
    Glibc.socket(family, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
  }

  /// How long a read or a write waits before it gives up.
  package func patience(milliseconds: Int) {
    var time = timeval(tv_sec: milliseconds / 1_000, tv_usec: milliseconds % 1_000 * 1_000)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
    }
  }

  deinit { Glibc.close(descriptor) }

  /// Whether all bytes went out.
  @discardableResult
  package func send(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress!, $0.count, CInt(MSG_NOSIGNAL))
      }
      guard sent > 0 else { return false }
      rest = rest.dropFirst(sent)
    }
    return true
  }

  /// Says that it will send no more.
  package func endSending() { shutdown(descriptor, CInt(SHUT_WR)) }

  /// Makes the system forget what is under way: the peer sees a reset.
  package func reset() {
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
  }

  /// The next frame; nil at the end of the stream, or when patience is over.
  package func receive() -> Frame? {
    guard let header = receive(FrameHeader.byteCount) else { return nil }
    let length = header[0..<4].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard let payload = receive(length) else { return nil }
    return decode(header + payload).frames[0]
  }

  /// Whether the peer has ended the stream here.
  package func isAtEnd() -> Bool {
    var byte: UInt8 = 0
    return read(descriptor, &byte, 1) == 0
  }

  /// For other protocols: what comes until so much of it ends with `end`, or the stream does.
  package func receiveText(until end: String) -> String {
    var bytes: [UInt8] = []
    while !bytes.suffix(end.utf8.count).elementsEqual(end.utf8), let byte = receive(1) {
      bytes += byte
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func receive(_ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got = bytes.withUnsafeMutableBytes {
        read(descriptor, $0.baseAddress! + filled, count - filled)
      }
      guard got > 0 else { return nil }
      filled += got
    }
    return bytes
  }
}

/// - Precondition: a path of at most 107 bytes.
package func withUnixAddress<Value>(
  _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value
) -> Value {
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
  return withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
    }
  }
}

extension WireClient {
  /// Connects and is welcome.
  package static func greeted(port: UInt16) -> WireClient {
    WireClient(port: port).greeted()
  }

  package static func greeted(path: String) -> WireClient {
    WireClient(path: path).greeted()
  }

  private func greeted() -> WireClient {
    send(Hello().frame())
    let welcome = receive()
    precondition(welcome?.type == .welcome)
    return self
  }

  package func sendPredict(
    _ id: UInt64, images: [[UInt8]], returns: ReturnKind = .probabilities,
    deadlineMicroseconds: UInt32 = 0
  ) {
    let predict = Predict(
      imageCount: images.count, returns: returns, deadlineMicroseconds: deadlineMicroseconds)
    send(predict.frame(id: id, payload: images.flatMap { $0 }))
  }
}

extension WireClient {
  /// The server's figures by name. Nothing else may be in flight.
  package func stats() -> [String: UInt64] {
    send(StatsRequest().frame(id: 1 << 60))
    guard let reply = try? receive()?.decoded(as: StatsReply.self) else { return [:] }
    return Dictionary(uniqueKeysWithValues: reply.entries.map { ($0.name, $0.value) })
  }

  /// Asks until `condition` holds; the test's time limit ends it otherwise.
  package func waitUntil(_ condition: ([String: UInt64]) -> Bool) {
    while !condition(stats()) {}
  }
}

extension Frame {
  package var type: MessageType? { MessageType(rawValue: header.type) }

  /// Of an ERROR.
  package var error: ErrorMessage? {
    type == .error ? try? decoded(as: ErrorMessage.self) : nil
  }
}
