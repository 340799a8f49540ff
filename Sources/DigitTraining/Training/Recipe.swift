import DigitModel

/// How a network is trained, as data: together with the network, the images, the seed and the
/// number of threads it decides every weight.
package struct Recipe: Codable, Equatable, Sendable {
  package var epochs: Int
  /// Images in a step.
  package var batch: Int
  package var learningRate: Double
  package var optimizer = OptimizerChoice.adam(Adam())
  package var schedule = Schedule(.cosine)
  package var augmentation = Augmentation.none
  /// The fraction of the epochs, at the end, in which augmentation is half as strong, so that
  /// the last images are more like those to come.
  package var gentleEnd = 0.0
  /// What of the label's one is spread evenly over all classes (Szegedy et al., CVPR 2016).
  package var labelSmoothing: Float = 0
  /// What the running average of the weights keeps in a step; with 0 there is no average, and the
  /// model has the weights of the last step (Polyak and Juditsky, 1992).
  package var averaging: Float = 0
  /// How much the teacher's probabilities count against the label, where there is a teacher.
  package var teacherWeight: Float = 0
  package var initialization = Initialization.glorotUniform
  /// What is put before the network when it has been trained, where it was trained without: the
  /// training images have full contrast, those to come may not. Nil leaves the network as it is.
  package var conditioning: Conditioning?

  package init(epochs: Int, batch: Int, learningRate: Double) {
    self.epochs = epochs
    self.batch = batch
    self.learningRate = learningRate
  }

  /// The augmentation of an epoch, counted from 1.
  package func augmentation(inEpoch epoch: Int) -> Augmentation {
    let isGentle = Double(epoch) > Double(epochs) * (1 - gentleEnd)
    return isGentle ? augmentation.halved : augmentation
  }
}
