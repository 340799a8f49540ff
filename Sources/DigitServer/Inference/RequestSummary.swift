import EventLoop

/// What is known of a request while the service has it.
package struct RequestSummary {
  package let model: LoadedModel
  package let imageCount: Int
  /// What its asker knows it by.
  package let tag: UInt64
  /// When its last pixel came; until then when it began.
  package let arrived: Instant
  /// Those of its images that took longest, as far as they have been computed.
  package let queueMicroseconds: UInt64
  package let computeMicroseconds: UInt64

  init(_ entry: borrowing RequestEntry) {
    model = entry.request.model
    imageCount = entry.request.imageCount
    tag = entry.request.tag
    arrived = entry.arrived
    queueMicroseconds = entry.queueMicroseconds
    computeMicroseconds = entry.computeMicroseconds
  }
}
