/// What the scores should become where that is not simply the label: a probability for each class.
package struct SoftTargets: Sendable {
  /// What of the label's one is spread evenly over all classes.
  package var smoothing: Float
  /// How much the teacher counts against the label.
  package var teacherWeight: Float
  /// Whether there are images of no digit, which should become as much one as another.
  package var hasOutliers: Bool

  package init(smoothing: Float = 0, teacherWeight: Float = 0, hasOutliers: Bool = false) {
    self.smoothing = smoothing
    self.teacherWeight = teacherWeight
    self.hasOutliers = hasOutliers
  }

  /// Whether the label alone is the target.
  package var isHard: Bool { smoothing == 0 && teacherWeight == 0 && !hasOutliers }

  /// Writes `classCount` probabilities, whose sum is 1.
  /// - Parameters:
  ///   - label: nil for an image of no digit, of which a teacher knows nothing either.
  ///   - teacher: the probabilities of a teacher, where there is one.
  package func fill(
    _ target: UnsafeMutablePointer<Float>, classCount: Int, label: Int?,
    teacher: UnsafePointer<Float>?
  ) {
    guard let label else {
      for index in 0..<classCount { target[index] = 1 / Float(classCount) }
      return
    }
    let weight = teacher == nil ? 0 : teacherWeight
    for index in 0..<classCount {
      let own = smoothing / Float(classCount) + (index == label ? 1 - smoothing : 0)
      target[index] = own * (1 - weight) + (teacher?[index] ?? 0) * weight
    }
  }
}
