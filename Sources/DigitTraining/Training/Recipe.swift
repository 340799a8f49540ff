/// How a network is trained, as data: together with the network, the images, the seed and the
/// number of threads it decides every weight.
package struct Recipe: Codable, Equatable, Sendable {
  package var epochs: Int
  /// Images in a step.
  package var batch: Int
  package var learningRate: Double
  package var optimizer = Adam()
  package var schedule = Schedule(.cosine)
  package var augmentation = Augmentation.none
  package var initialization = Initialization.glorotUniform

  package init(epochs: Int, batch: Int, learningRate: Double) {
    self.epochs = epochs
    self.batch = batch
    self.learningRate = learningRate
  }
}
