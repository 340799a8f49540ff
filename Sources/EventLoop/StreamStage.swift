/// Transforms the bytes between a stream's socket and its delegate, both ways, as TLS does. In
/// memory and on the loop's thread: it never blocks and knows no socket.
///
///     socket ─► receive ─► next ─► delegate
///     socket ◄─ outgoing ◄─ send ◄─ write
///
/// What it appends to `outgoing` is sent at the end of the turn. `send` and `end` may be called
/// while a piece that `next` has lent is in use. After a failure nothing is called any more.
package protocol StreamStage: AnyObject {
  /// The connection stands: a side that speaks first begins its handshake.
  func begin(_ outgoing: OutputBuffer)
  /// Takes bytes from the socket, which stay where they are until `keepReceived`.
  func receive(_ bytes: UnsafeRawBufferPointer, _ outgoing: OutputBuffer)
  /// What `receive` brought is gone after this call: copies what is still needed of it.
  func keepReceived()
  /// The peer's socket has ended; nothing more is received.
  func receiveEnd()
  /// The next piece of what was received. Where the delegate stops reading, the rest waits here.
  /// - Throws: `StageFailure` where the peer broke the rules, or ended without saying so.
  func next(_ outgoing: OutputBuffer) throws(StageFailure) -> StagePiece
  /// Transforms what is to be sent, all of a turn's at once.
  /// - Returns: how many of the bytes it took; the rest, as before the end of a handshake, is
  ///   offered again after the next bytes have been received.
  func send(
    _ bytes: UnsafeRawBufferPointer, _ outgoing: OutputBuffer
  ) throws(StageFailure) -> Int
  /// Everything that was written has been taken, and nothing follows it: says so to the peer.
  func end(_ outgoing: OutputBuffer)
}

/// What a stage makes of what it has received.
package enum StagePiece {
  /// At least one byte for the delegate, lent until the stage is next called for received bytes.
  case bytes(UnsafeRawBufferPointer)
  /// Nothing until more is received.
  case needsMore
  /// Nothing in this turn: what is to be done takes so long that others come first. `next` is
  /// called again in the next turn.
  case later
  /// The peer will send no more.
  case end
}

/// Why a stage cannot go on, in words. The delegate gets it as a `UVError` with `EPROTO`.
package struct StageFailure: Error, Equatable, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}

/// A stage in its stream.
final class Staging {
  let stage: any StreamStage
  /// What the stage has made of what was written, and what it says itself.
  var outgoing = OutputBuffer()

  init(_ stage: any StreamStage) { self.stage = stage }
}
