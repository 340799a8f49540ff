/// What happens on a stream, on the loop's thread.
package protocol ByteStreamDelegate: AnyObject {
  /// `bytes` lie in the loop's read buffer and are gone after the call.
  func stream(_ stream: ByteStream, didRead bytes: UnsafeRawBufferPointer)
  /// The peer will send no more; it may still be reading.
  func streamDidReachEnd(_ stream: ByteStream)
  /// Some of what was unsent has been sent.
  func streamDidSend(_ stream: ByteStream)
  /// The connection broke. Only `close` makes sense now.
  func stream(_ stream: ByteStream, didFail error: UVError)
  /// The last event: the descriptor is free again.
  func streamDidClose(_ stream: ByteStream)
}
