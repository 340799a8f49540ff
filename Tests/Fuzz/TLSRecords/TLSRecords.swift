import CertificateFixtures
import DigitTLS
import EventLoop

/// What a peer sends where TLS is spoken, in reads of a length that the bytes themselves choose: to
/// a server and to a client from the first byte on, and to both once a session stands between them.
func readTLSRecords(_ bytes: UnsafeRawBufferPointer) {
  let length = Int(bytes.last ?? 0) % 64 + 1
  let pair = Session()
  read(bytes, by: pair.server, length)
  read(bytes, by: pair.client, length)
  let standing = Session()
  standing.shakeHands()
  precondition(!standing.server.stage.isHandshaking && !standing.client.stage.isHandshaking)
  read(bytes, by: standing.server, length)
  read(bytes, by: standing.client, length)
}

/// Nothing that was not encrypted for this session may come out as if it had been.
private func read(_ bytes: UnsafeRawBufferPointer, by end: Session.End, _ length: Int) {
  for start in stride(from: 0, to: bytes.count, by: length) {
    end.receive(UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + length, bytes.count)]))
  }
  precondition(end.plaintextByteCount == 0, "bytes that nobody encrypted were taken")
}

/// A server and a client that trust each other.
private final class Session {
  let server: End
  let client: End
  private static let loop = MadeOnce { try Loop() }
  private static let server = MadeOnce { () throws -> TLSServer in
    let identity = try authority.value.identity("server")
    return try TLSServer(.init(certificate: identity.certificate, key: identity.key))
  }
  private static let client = MadeOnce {
    try TLSClient(.init(authorities: authority.value.certificate))
  }
  private static let authority = MadeOnce { try TestAuthority() }

  /// One thread makes and uses it.
  private final class MadeOnce<Value>: @unchecked Sendable {
    let value: Value
    init(_ make: () throws -> Value) {
      do { value = try make() } catch { fatalError("cannot prepare TLS: \(error)") }
    }
  }

  init() {
    let workspace = TLSWorkspace(on: Self.loop.value)
    server = End(
      Self.server.value.stage(.digits, workspace, plainReply: { [] }, settled: { _ in }))
    client = End(Self.client.value.stage(to: "localhost", port: 1, .digits, workspace))
  }

  func shakeHands() {
    while !server.outgoing.isEmpty || !client.outgoing.isEmpty {
      for (from, to) in [(client, server), (server, client)] {
        let bytes = Array(from.outgoing.unsent)
        from.outgoing.removeAll()
        bytes.withUnsafeBytes { to.receive($0) }
      }
    }
  }

  final class End {
    let stage: TLSStage
    let outgoing = OutputBuffer()
    private(set) var plaintextByteCount = 0
    private var isOver = false

    init(_ stage: TLSStage) {
      self.stage = stage
      stage.begin(outgoing)
    }

    func receive(_ bytes: UnsafeRawBufferPointer) {
      guard !isOver, !bytes.isEmpty else { return }
      stage.receive(bytes, outgoing)
      do {
        while true {
          switch try stage.next(outgoing) {
          case .bytes(let piece): plaintextByteCount += piece.count
          case .needsMore, .later: return stage.keepReceived()
          case .end:
            isOver = true
            return
          }
        }
      } catch {
        isOver = true
      }
    }
  }
}
