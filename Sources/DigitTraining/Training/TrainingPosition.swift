/// How far a training has come, to the step.
struct TrainingPosition: Codable, Equatable, Sendable {
  /// The epoch under way, from 1.
  var epoch = 1
  /// Steps of it that are done.
  var step = 0
  /// What its images so far came to, and how long they took.
  var totals = Totals()
  var seconds = 0.0
  /// The epochs before it.
  var log = TrainingLog()
}
