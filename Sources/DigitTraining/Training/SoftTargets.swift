/// What the scores should become where that is not simply the label: a probability for each class.
package struct SoftTargets: Sendable {
  /// What of the label's one is spread evenly over all classes.
  package var smoothing: Float
  /// How much the teacher counts against the label.
  package var teacherWeight: Float

  package init(smoothing: Float = 0, teacherWeight: Float = 0) {
    self.smoothing = smoothing
    self.teacherWeight = teacherWeight
  }

  /// Whether the label alone is the target.
  package var isHard: Bool { smoothing == 0 && teacherWeight == 0 }

  /// Writes `classCount` probabilities, whose sum is 1.
  /// - Parameter teacher: the probabilities of a teacher, where there is one.
  package func fill(
    _ target: UnsafeMutablePointer<Float>, classCount: Int, label: Int,
    teacher: UnsafePointer<Float>?
  ) {
    let weight = teacher == nil ? 0 : teacherWeight
    for index in 0..<classCount {
      let own = smoothing / Float(classCount) + (index == label ? 1 - smoothing : 0)
      target[index] = own * (1 - weight) + (teacher?[index] ?? 0) * weight
    }
  }
}
