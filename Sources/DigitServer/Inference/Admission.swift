import EventLoop

/// Whether a request may begin, judged by time when its header is there: refused at once, its
/// client can still ask another server; accepted, it would be computed for an answer that comes too
/// late, or wait until that is certain.
///
/// Where the queue stands, requests with deadlines may wait for half of the time that they have:
/// a longer queue computes no more, and the other half is for what is not seen from here and grows
/// with the load: how long frames lie in sockets before they are read, and answers afterwards.
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
      if let longest = longestWait(of: request, compute: compute, now: now), wait <= longest {
        return
      }
      throw .deadlineOutOfReach(waitMicroseconds: wait, computeMicroseconds: compute)
    }
    guard isStanding(now), wait > limits.ageMax.wholeMicroseconds else { return }
    throw .queueTooLong(waitMicroseconds: wait)
  }

  /// In microseconds; nil where there is not even time to compute it.
  private func longestWait(
    of request: borrowing InferenceRequest, compute: UInt64, now: Instant
  ) -> UInt64? {
    guard request.deadlineMicroseconds >= compute else { return nil }
    let left = request.deadlineMicroseconds - compute
    return isStanding(now) ? left / 2 : left
  }

  private func isStanding(_ now: Instant) -> Bool {
    limits.bounds(standingSince: backlog.standingSince, now: now)
  }
}
