import DigitTLS
import EventLoop

/// The two ends of a connection in memory: what one stage sends the other receives, in pieces of a
/// size of the test's choice.
final class StagePair {
  let client: End
  let server: End
  private let loop: Loop

  /// A stage with what a stream keeps for it.
  final class End {
    let stage: TLSStage
    let outgoing = OutputBuffer()
    var unsent: [UInt8] = []
    var received: [UInt8] = []
    var hasReachedEnd = false
    var failure: String?
    /// Every byte that went to the peer.
    var wire: [UInt8] = []

    init(_ stage: TLSStage) {
      self.stage = stage
      stage.begin(outgoing)
    }

    /// As a stream does it at the end of a turn.
    func flush() {
      guard failure == nil, !unsent.isEmpty else { return }
      do {
        let count = try unsent.withUnsafeBytes { bytes throws(StageFailure) in
          try stage.send(bytes, outgoing)
        }
        unsent.removeFirst(count)
      } catch {
        failure = "\(error)"
      }
    }

    /// As a stream does it with what it has read.
    func receive(_ bytes: [UInt8]) {
      bytes.withUnsafeBytes { lent in
        guard failure == nil else { return }
        stage.receive(lent, outgoing)
        deliver()
        if failure == nil { stage.keepReceived() }
      }
    }

    func receiveEnd() {
      guard failure == nil else { return }
      stage.receiveEnd()
      deliver()
    }

    private func deliver() {
      do {
        while !hasReachedEnd {
          switch try stage.next(outgoing) {
          case .bytes(let piece): received += piece
          case .needsMore, .later: return
          case .end: hasReachedEnd = true
          }
        }
      } catch {
        failure = error.description
      }
    }

    func takeOutgoing() -> [UInt8] {
      let bytes = Array(outgoing.unsent)
      outgoing.removeFirst(bytes.count)
      wire += bytes
      return bytes
    }
  }

  var outcomes: [TLSStage.Outcome] = []

  init(
    _ server: TLSServer, _ client: TLSClient, host: String = "localhost",
    of name: String? = nil, clientSpeaks: TLSProtocol = .digits
  ) throws {
    loop = try Loop()
    let workspace = TLSWorkspace(on: loop)
    self.client = End(
      client.stage(to: host, of: name, port: 1, clientSpeaks, TLSWorkspace(on: loop)))
    let settled = Settled()
    self.server = End(
      server.stage(.digits, workspace, plainReply: { Array("plain".utf8) }) {
        settled.pair?.outcomes.append($0)
      })
    settled.pair = self
  }

  private final class Settled {
    weak var pair: StagePair?
  }

  deinit { loop.close() }

  /// Carries bytes to and fro until nothing moves any more.
  func pump(pieces: Int = .max) {
    while true {
      client.flush()
      server.flush()
      let (question, answer) = (client.takeOutgoing(), server.takeOutgoing())
      if question.isEmpty, answer.isEmpty { return }
      for piece in cut(question, pieces) { server.receive(piece) }
      for piece in cut(answer, pieces) { client.receive(piece) }
    }
  }

  private func cut(_ bytes: [UInt8], _ size: Int) -> [[UInt8]] {
    stride(from: 0, to: bytes.count, by: min(size, max(bytes.count, 1))).map { start in
      Array(bytes[start..<(start + min(size, bytes.count - start))])
    }
  }
}
