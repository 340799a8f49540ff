import DigitModel

/// Trained models whose mean opinion a network learns from, beside the labels (Hinton, Vinyals and
/// Dean, "Distilling the Knowledge in a Neural Network", 2015; at temperature 1).
package struct Teacher: Sendable {
  let plans: [Plan]

  /// - Throws: `TrainingError.teacher` where there are none, or one that is no model for the same
  ///   images and classes.
  package init(_ models: [Model], of network: Network) throws(TrainingError) {
    guard !models.isEmpty else { throw .teacher("expected at least one") }
    var plans: [Plan] = []
    for model in models {
      let (own, other) = (network.input, model.network.input)
      guard own.height == other.height, own.width == other.width else {
        throw .teacher(
          "\(model.network.name) reads images of \(other.height) × \(other.width) pixels, not "
            + "\(own.height) × \(own.width)")
      }
      do { plans.append(try Plan(try model.unfitted())) } catch { throw .teacher("\(error)") }
    }
    let classCount = (try? network.shapes().last?.elementCount) ?? 0
    guard let stranger = plans.first(where: { $0.classCount != classCount }) else {
      self.plans = plans
      return
    }
    throw .teacher(
      "\(stranger.network.name) knows \(stranger.classCount) classes, not \(classCount)")
  }
}

extension Model {
  /// With the scores that it was trained to give. Pupils learn more from these than from a fitted
  /// model's, which are nearly all 0 or 1; and the same whether the teacher was fitted yet or not.
  fileprivate func unfitted() throws(ModelError) -> Model {
    guard let confidence = try confidence() else { return self }
    return try dividingScores(by: 1 / confidence.temperature)
  }
}

/// One thread's memory for asking a teacher.
final class Lesson {
  private let teacher: Teacher
  private let workspaces: [Workspace]
  private let ink: FlatBuffer
  private let answers: FlatBuffer
  private let mean: FlatBuffer

  init(_ teacher: Teacher, imageCountMax: Int) {
    self.teacher = teacher
    workspaces = teacher.plans.map { Workspace(byteCount: $0.workspaceByteCount) }
    let first = teacher.plans[0]
    ink = FlatBuffer(count: first.pixelCount * imageCountMax)
    answers = FlatBuffer(count: first.classCount * imageCountMax)
    mean = FlatBuffer(count: first.classCount * imageCountMax)
  }

  /// The mean of the teachers' probabilities, imageCount × classes, for images as the pupil sees
  /// them.
  func probabilities(
    of images: UnsafePointer<Float>, imageCount: Int, input: Network.Input
  ) -> UnsafePointer<Float> {
    let pixelCount = input.height * input.width
    for index in 0..<imageCount * pixelCount {
      ink.pointer[index] = images[index] * input.standardDeviation + input.mean
    }
    mean.clear()
    for (plan, workspace) in zip(teacher.plans, workspaces) {
      let tasks = (0..<imageCount).map { image in
        InferenceTask(
          pixels: UnsafeRawPointer(ink.pointer + image * pixelCount), pixelType: .float32,
          probabilities: answers.pointer + image * plan.classCount)
      }
      plan.run(all: tasks, workspace: workspace)
      let weight = 1 / Float(teacher.plans.count)
      for index in 0..<imageCount * plan.classCount {
        mean.pointer[index] += answers.pointer[index] * weight
      }
    }
    return UnsafePointer(mean.pointer)
  }
}
