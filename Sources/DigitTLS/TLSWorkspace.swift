import EventLoop

/// What the sessions of one loop share. Belongs to the loop's thread.
package final class TLSWorkspace {
  /// What a session has decrypted; lent to its delegate, so one suffices for a loop.
  let plaintext = UnsafeMutableRawBufferPointer.allocate(
    byteCount: recordByteCountMax, alignment: 64)
  private let loop: Loop
  private var budget: HandshakeBudget?

  /// The plaintext of a record, by RFC 8446, section 5.1.
  private static let recordByteCountMax = 1 << 14

  /// - Parameter handshakeTimePerTurn: nil for a client, which begins its handshakes itself.
  package init(on loop: Loop, handshakeTimePerTurn: Duration? = nil) {
    self.loop = loop
    budget = handshakeTimePerTurn.map { HandshakeBudget(perTurn: $0) }
  }

  deinit { plaintext.deallocate() }

  var mayShakeHands: Bool { budget?.mayBegin(inTurn: loop.turn) ?? true }

  /// Runs a step of a handshake at the budget's expense.
  func shakeHands(_ step: () -> CInt) -> CInt {
    guard budget != nil else { return step() }
    let began = Instant.now
    let status = step()
    budget?.spend(nanoseconds: Instant.now.nanoseconds(since: began))
    return status
  }
}
