import Synchronization

/// How far an evaluation is, for who looks on from another task.
final class Progress: Sendable {
  private let images = Atomic(0)
  private let right = Atomic(0)

  func add(_ count: Int, correct: Int) {
    images.add(count, ordering: .relaxed)
    right.add(correct, ordering: .relaxed)
  }

  var imageCount: Int { images.load(ordering: .relaxed) }
  var correctCount: Int { right.load(ordering: .relaxed) }
}
