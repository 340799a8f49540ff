import COpenSSL
import EventLoop

/// What is spoken within TLS, by its name in RFC 7301 (ALPN).
package enum TLSProtocol: String, Sendable {
  case digits = "digits/1"
  case http = "http/1.1"
}

/// TLS between a stream and its delegate: one session of OpenSSL's over memory.
package final class TLSStage: StreamStage {
  /// How a handshake ended.
  package enum Outcome: Equatable {
    case established
    case failed(StageFailure)
  }

  let inner: TLSProtocol
  let side: TLSSide
  private let session: OpaquePointer
  private let context: TLSContext
  private let wire = TLSWire()
  private let workspace: TLSWorkspace
  private var phase = Phase.handshaking(hasBegun: false)
  private var hasPeerEnded = false
  /// Sent to a client that does not speak TLS, in the protocol that it does speak.
  private let plainReply: () -> [UInt8]
  /// Called once.
  private var settled: ((Outcome) -> Void)?
  /// Takes a client's tickets.
  let keepSession: ((OpaquePointer) -> Void)?

  private enum Phase {
    /// - Parameter hasBegun: the peer's first bytes have been looked at.
    case handshaking(hasBegun: Bool)
    case open
    case failed
  }

  init(
    _ side: TLSSide, _ inner: TLSProtocol, context: TLSContext, workspace: TLSWorkspace,
    plainReply: @escaping () -> [UInt8] = { [] }, settled: ((Outcome) -> Void)? = nil,
    keepSession: ((OpaquePointer) -> Void)? = nil
  ) {
    self.side = side
    self.inner = inner
    self.context = context
    self.workspace = workspace
    self.plainReply = plainReply
    self.settled = settled
    self.keepSession = keepSession
    session = SSL_new(context.pointer)!
    tls_set_app_data(session, Unmanaged.passUnretained(self).toOpaque())
    let bio = wire.makeBIO()
    SSL_set_bio(session, bio, bio)
    switch side {
    case .server: SSL_set_accept_state(session)
    case .client: SSL_set_connect_state(session)
    }
  }

  deinit { SSL_free(session) }

  /// Whether the peer has yet to prove itself.
  package var isHandshaking: Bool {
    if case .handshaking = phase { true } else { false }
  }

  package var hasFailed: Bool {
    if case .failed = phase { true } else { false }
  }

  /// Whether the session goes on from an earlier one.
  package var isResumed: Bool { SSL_session_reused(session) == 1 }

  /// As "TLSv1.3".
  package var version: String { String(cString: SSL_get_version(session)) }

  /// For what is set before the handshake.
  func configure(_ body: (OpaquePointer) -> Void) { body(session) }

  static func of(_ session: OpaquePointer?) -> TLSStage {
    Unmanaged<TLSStage>.fromOpaque(tls_app_data(session)).takeUnretainedValue()
  }

  // MARK: Stage

  package func begin(_ outgoing: OutputBuffer) {
    guard side != .server else { return }
    wire.outgoing = outgoing
    // It waits for the server's first words in any case.
    SSL_do_handshake(session)
    wire.outgoing = nil
  }

  package func receive(_ bytes: UnsafeRawBufferPointer, _ outgoing: OutputBuffer) {
    wire.lend(bytes)
  }

  package func keepReceived() { wire.keepLent() }

  package func receiveEnd() { hasPeerEnded = true }

  package func next(_ outgoing: OutputBuffer) throws(StageFailure) -> StagePiece {
    wire.outgoing = outgoing
    defer { wire.outgoing = nil }
    switch phase {
    case .handshaking(let hasBegun):
      if wire.hasInput, !workspace.mayShakeHands { return .later }
      if !hasBegun, wire.hasInput { try lookAtFirstByte(outgoing) }
      let status = workspace.shakeHands { SSL_do_handshake(session) }
      guard status == 1 else { return try judge(status) }
      phase = .open
      settle(.established)
      return try read()
    case .open: return try read()
    case .failed: preconditionFailure("a stage that has failed is not called any more")
    }
  }

  private func read() throws(StageFailure) -> StagePiece {
    let memory = workspace.plaintext
    var count = 0
    let status = SSL_read_ex(session, memory.baseAddress, memory.count, &count)
    guard status == 1 else { return try judge(status) }
    return .bytes(UnsafeRawBufferPointer(rebasing: memory[..<count]))
  }

  package func send(
    _ bytes: UnsafeRawBufferPointer, _ outgoing: OutputBuffer
  ) throws(StageFailure) -> Int {
    guard case .open = phase else { return 0 }
    wire.outgoing = outgoing
    defer { wire.outgoing = nil }
    var count = 0
    guard SSL_write_ex(session, bytes.baseAddress, bytes.count, &count) == 1 else {
      throw fail(trouble)
    }
    return count
  }

  package func end(_ outgoing: OutputBuffer) {
    guard case .open = phase else { return }
    wire.outgoing = outgoing
    // What the peer still sends is read.
    SSL_shutdown(session)
    wire.outgoing = nil
    ERR_clear_error()
  }

  // MARK: Failures

  /// What OpenSSL's saying no means.
  private func judge(_ status: CInt) throws(StageFailure) -> StagePiece {
    switch SSL_get_error(session, status) {
    case SSL_ERROR_ZERO_RETURN: return .end
    case SSL_ERROR_WANT_READ where hasPeerEnded: throw fail(suddenEnd)
    case SSL_ERROR_WANT_READ: return .needsMore
    default: throw fail(trouble)
    }
  }

  private var suddenEnd: String {
    let peer = side == .server ? "client" : "server"
    return switch phase {
    case .handshaking: "the \(peer) closed the connection during the TLS handshake"
    case .open, .failed: "the \(peer)'s connection ended without TLS saying so: data may be missing"
    }
  }

  private var trouble: String {
    let errors = takeErrors()
    let words = errors.first.flatMap { ERR_reason_error_string($0) }
    return TLSTrouble(
      side: side, reason: tlsReason(errors.first),
      verification: SSL_get_verify_result(session),
      words: words.map { String(cString: $0) } ?? "no reason given"
    ).description
  }

  private func fail(_ sentence: String) -> StageFailure {
    let failure = StageFailure(sentence)
    phase = .failed
    settle(.failed(failure))
    return failure
  }

  private func settle(_ outcome: Outcome) {
    settled?(outcome)
    settled = nil
  }

  /// The first byte of a record is its type: a handshake, or an alert of a server's.
  private func lookAtFirstByte(_ outgoing: OutputBuffer) throws(StageFailure) {
    phase = .handshaking(hasBegun: true)
    let first = wire.input[0]
    switch side {
    case .server where first != Self.handshakeType:
      plainReply().withUnsafeBytes { outgoing.append($0) }
      throw fail("expected TLS, got a client that does not encrypt")
    case .client where first != Self.handshakeType && first != Self.alertType:
      throw fail("expected TLS, got a server that does not encrypt on this port")
    case .server, .client: break
    }
  }

  private static let alertType: UInt8 = 21
  private static let handshakeType: UInt8 = 22
}
