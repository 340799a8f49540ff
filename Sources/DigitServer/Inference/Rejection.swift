/// Why the service does not compute a request. Each door has its own codes and words for it.
package enum Rejection: Error, Equatable, Sendable {
  /// No memory for its images, or for one request more.
  case noRoom(imageCount: Int, imagesFree: Int, requestsInFlight: Int, requestsMax: Int)
  /// Its images did not come to their end, and others needed the room.
  case evicted(imageCount: Int)
  /// A pixel of this image is no number from 0 to 1.
  case badPixel(image: Int)
  /// Its deadline passed while it waited.
  case deadlineExceeded(waitedMicroseconds: UInt64)
  /// The model's answer to this image is not a finite number.
  case notFinite(image: Int)

  /// Whether the same request may succeed a moment later.
  package var isOverload: Bool {
    switch self {
    case .noRoom, .evicted: true
    case .badPixel, .deadlineExceeded, .notFinite: false
    }
  }
}
