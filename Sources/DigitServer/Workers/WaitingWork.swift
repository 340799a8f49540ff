import EventLoop

/// What waits for one model.
package struct WaitingWork {
  package let model: LoadedModel
  package let imageCount: Int
  /// When that came which has waited longest and is not computed whole; nil where nothing waits.
  package var oldestArrival: Instant?
}
