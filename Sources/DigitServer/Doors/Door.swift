import EventLoop
import Slots

/// What the clients of a listener speak.
package enum Door: Sendable {
  case binary
  case http

  /// As labels and log lines have it.
  package var name: String {
    switch self {
    case .binary: "binary"
    case .http: "http"
    }
  }
}

/// A client's connection, whatever it speaks, as its loop sees it.
package protocol DoorConnection: ByteStreamDelegate {
  var id: SlotID { get }
  /// Bytes have come.
  func received(_ bytes: UnsafeRawBufferPointer, now: Instant)
  /// The peer will send no more; it may still be reading.
  func peerEnded()
  /// Some of what was unsent has been sent.
  func sent()
  /// The connection broke.
  func failed(_ error: UVError)
  /// The transport's last event.
  func transportClosed()
  /// Other models are served from now on.
  func modelsChanged()
  /// The server comes to its end: what is under way is answered, nothing new is taken.
  func drain()
  /// Closes now, whatever is under way.
  func close()
  /// What it is at now.
  var standing: ConnectionStanding { get }
  /// Times out what has stood still too long. To be called now and then.
  func sweep(now: Instant)
}

/// What a stream tells, without the stream: tests have connections over other transports.
extension DoorConnection {
  package func stream(_ stream: ByteStream, didRead bytes: UnsafeRawBufferPointer) {
    received(bytes, now: .now)
  }

  package func streamDidReachEnd(_ stream: ByteStream) { peerEnded() }
  package func streamDidSend(_ stream: ByteStream) { sent() }
  package func stream(_ stream: ByteStream, didFail error: UVError) { failed(error) }
  package func streamDidClose(_ stream: ByteStream) { transportClosed() }
}
