import EventLoop
import Slots

/// What the clients of a listener speak.
package enum Door: Sendable {
  case binary
  case http
}

/// A client's connection, whatever it speaks, as its loop sees it.
package protocol DoorConnection: ByteStreamDelegate {
  var id: SlotID { get }
  /// The server comes to its end: what is under way is answered, nothing new is taken.
  func drain()
  /// Closes now, whatever is under way.
  func close()
  /// Times out what has stood still too long. To be called now and then.
  func sweep(now: Instant)
}
