import EventLoop

/// Whether a request may begin, judged by time when its header is there: refused at once, its
/// client can still ask another server; accepted, it would be computed for an answer that comes too
/// late, or wait until that is certain.
struct Admission {
  let backlog: Backlog
  /// What has come in this turn and is not in the backlog yet, in nanoseconds.
  let unqueuedNanoseconds: UInt64
  let limits: QueueAge.Limits
  let imagesPerBatchMax: Int

  /// - Throws: `Rejection.deadlineOutOfReach`, `.queueTooLong`.
  func check(_ request: borrowing InferenceRequest, now: Instant) throws(Rejection) {
    let expected = request.expectedNanoseconds
    let wait = backlog.waitMicroseconds(
      own: request.asker.share.nanoseconds + expected, unqueued: unqueuedNanoseconds)
    if request.deadlineMicroseconds > 0 {
      let compute = backlog.computeMicroseconds(
        request.model.cost, images: request.imageCount, imagesPerBatchMax: imagesPerBatchMax)
      guard wait + compute > request.deadlineMicroseconds else { return }
      throw .deadlineOutOfReach(waitMicroseconds: wait, computeMicroseconds: compute)
    }
    guard limits.bounds(standingSince: backlog.standingSince, now: now),
      wait > limits.ageMax.wholeMicroseconds
    else { return }
    throw .queueTooLong(waitMicroseconds: wait)
  }
}
