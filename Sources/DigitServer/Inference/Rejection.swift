/// Why the service does not compute a request. Each door has its own codes and words for it.
package enum Rejection: Error, Equatable, Sendable {
  /// No memory for its images, or for one request more.
  case noRoom(imageCount: Int, imagesFree: Int, requestsInFlight: Int, requestsMax: Int)
  /// What clients take of the process's memory, in bytes, has reached its limit.
  case memoryFull(byteCount: Int, byteCountMax: Int)
  /// Its asker holds as much as one may while others find room.
  case overShare(imageCount: Int, imagesHeld: Int, imagesFree: Int)
  /// What waits takes longer than a request may wait.
  case queueTooLong(waitMicroseconds: UInt64)
  /// It waited longer than a request may.
  case waitedTooLong(waitedMicroseconds: UInt64, waitMicroseconds: UInt64)
  /// Its images did not come to their end, and others needed the room.
  case evicted(imageCount: Int)
  /// A pixel of this image is no number from 0 to 1.
  case badPixel(image: Int)
  /// Its deadline will have passed before it can be answered: so long is what waits before it.
  case deadlineOutOfReach(waitMicroseconds: UInt64, computeMicroseconds: UInt64)
  /// It waited until its deadline could not be met any more.
  case deadlineExceeded(waitedMicroseconds: UInt64)
  /// The model's answer to this image is not a finite number.
  case notFinite(image: Int)
  /// Its worker has not come to an end for so long.
  case workerStalled(Duration)

  /// How long to wait before the same request has a chance; nil where time does not help, and where
  /// it is the client's own deadline that is short.
  package func retryAfterMilliseconds(usual: UInt32) -> UInt32? {
    switch self {
    case .noRoom, .memoryFull, .overShare, .evicted: usual
    case .queueTooLong(let wait), .waitedTooLong(_, let wait):
      max(usual, UInt32(clamping: (wait + 999) / 1_000))
    case .deadlineOutOfReach(let wait, _): wait == 0 ? nil : UInt32(clamping: (wait + 999) / 1_000)
    case .badPixel, .deadlineExceeded, .notFinite, .workerStalled: nil
    }
  }
}
