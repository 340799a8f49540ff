/// What a stream is at.
extension ByteStream {
  enum Reading {
    case stopped
    /// libuv reads.
    case flowing
    /// Wanted, and in the loop's list: read on at the end of the turn.
    case yielded
    /// In the loop's list still, but no longer wanted.
    case yieldedAndStopped
    /// Nothing more comes, or nobody is left to take it.
    case ended
  }

  enum SendingSide {
    case open
    /// Sends what is unsent, then ends.
    case ending
    /// Everything has been taken by the stage, where there is one; what is left to be sent is
    /// bytes for the socket.
    case finishing
    case ended
    /// The connection broke, which the delegate has been told.
    case broken
    case closing
  }

  enum Flushing {
    case idle
    /// In the loop's list.
    case scheduled
    /// A write request is under way; what is written meanwhile is flushed after it.
    case writing
  }
}
