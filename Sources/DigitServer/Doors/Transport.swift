import EventLoop

/// Where a connection's bytes go: a `ByteStream`, or what a test invents.
package protocol Transport: AnyObject {
  /// Lends `byteCount` bytes, which `body` must fill; they are sent at the end of the turn.
  func write(_ byteCount: Int, _ body: (UnsafeMutableRawBufferPointer) -> Void)
  /// Bytes that were written here and that the system has not taken yet.
  var unsentByteCount: Int { get }
  func startReading()
  func stopReading()
  /// Gives back the end of what was read: it comes again, in a later turn, when reading has been
  /// started.
  func unread(_ bytes: UnsafeRawBufferPointer)
  /// Whether `startReading` was called after the last `stopReading`.
  var isReadingWanted: Bool { get }
  /// Sends what is unsent and then ends the sending side.
  func end()
  /// Closes now; what is unsent is lost.
  func close()
  var isClosing: Bool { get }
  /// Gives memory back that an empty buffer keeps for the next answer.
  func releaseMemory()
}

extension ByteStream: Transport {}
