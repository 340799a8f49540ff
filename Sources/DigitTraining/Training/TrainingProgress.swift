/// What a training reports while it runs.
package enum TrainingProgress: Sendable {
  /// Some steps into an epoch: what its images so far came to.
  case within(epoch: Int, totals: Totals, elapsed: Duration)
  case finished(EpochRecord)
}
