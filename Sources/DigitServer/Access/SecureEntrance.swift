import DigitHTTP
import DigitTLS
import DigitWire
import EventLoop
import Glibc
import Slots

/// A loop's part of TLS: makes the stages of its connections, and keeps what their handshakes may
/// take within bounds. Belongs to the loop's thread.
final class SecureEntrance {
  private let server: TLSServer
  private let workspace: TLSWorkspace
  private var handshakes: HandshakeQueue
  private let limits: ServerLimits
  private let metrics: LoopMetrics
  private let log: PeerLog

  init(
    _ server: TLSServer, on loop: Loop, limits: ServerLimits, metrics: LoopMetrics, log: PeerLog
  ) {
    self.server = server
    self.limits = limits
    self.metrics = metrics
    self.log = log
    workspace = TLSWorkspace(on: loop, handshakeTimePerTurn: limits.tlsHandshakeTimePerTurn)
    handshakes = HandshakeQueue(countMax: limits.tlsHandshakesMax)
  }

  /// What a connection of TLS is to its loop.
  struct Passage {
    let stage: TLSStage
    fileprivate let label: ConnectionLabel
    fileprivate let began: Instant
  }

  /// Puts the stage of a new connection into its stream.
  func open(
    _ door: Door, _ id: SlotID, _ stream: ByteStream, peer: SocketAddress?, now: Instant
  ) -> Passage {
    let label = ConnectionLabel(number: id.index, peer: .network(peer))
    let stage = server.stage(
      door.inner, workspace, plainReply: { door.replyInPlainText },
      settled: { [unowned self] in settled(id, $0, label) })
    stream.install(stage)
    return Passage(stage: stage, label: label, began: now)
  }

  /// - Returns: whose handshake is to be cut for that of this connection.
  func began(_ id: SlotID) -> SlotID? { handshakes.began(id) }

  private func settled(_ id: SlotID, _ outcome: TLSStage.Outcome, _ label: ConnectionLabel) {
    handshakes.ended(id)
    switch outcome {
    case .established: metrics.tlsHandshakes.add()
    case .failed(let failure): tell(failure.description, about: label, now: .now)
    }
  }

  /// Says that a handshake is cut to make room for another.
  func cutOldest(_ passage: Passage, now: Instant) {
    metrics.cut(.tooManyHandshakes)
    tell(
      "cut as the oldest of \(limits.tlsHandshakesMax) handshakes under way",
      about: passage.label, now: now)
  }

  /// Whether the handshake has had its time, which is told.
  func isOverdue(_ passage: Passage, now: Instant) -> Bool {
    guard passage.stage.isHandshaking,
      now.isAtLeast(limits.handshakeTimeout, after: passage.began)
    else { return false }
    metrics.cut(.handshakeTimeout)
    tell(
      "expected the TLS handshake within \(limits.handshakeTimeout)", about: passage.label,
      now: now)
    return true
  }

  func closed(_ id: SlotID) { handshakes.ended(id) }

  private func tell(_ reason: String, about label: ConnectionLabel, now: Instant) {
    metrics.tlsHandshakesFailed.add()
    log.info("tls handshake failed", about: label, now: now, ["why": reason])
  }
}

extension Door {
  fileprivate var inner: TLSProtocol {
    switch self {
    case .binary: .digits
    case .http: .http
    }
  }

  /// What a client that does not encrypt can read.
  fileprivate var replyInPlainText: [UInt8] {
    switch self {
    case .binary:
      let message = ErrorMessage(
        Refusal(
          .malformedFrame,
          "expected TLS on this port, got a client that does not encrypt: connect with TLS "
            + "(digitctl --tls)"))
      return [UInt8](unsafeUninitializedCapacity: message.encodedByteCount) { memory, count in
        count = message.encodedByteCount
        message.encode(
          requestID: 0,
          into: UnsafeMutableRawBufferPointer(
            rebasing: UnsafeMutableRawBufferPointer(memory)[..<count]))
      }
    case .http:
      let problem = HTTPProblem(
        .badRequest, code: "tls_required", "expected HTTPS on this port, got HTTP without TLS",
        closes: true)
      return Array(
        HTTPResponse(problem, requestID: "0").encoded(date: httpDate(unixSeconds: time(nil))))
    }
  }
}
