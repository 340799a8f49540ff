import DigitFiles
import DigitModel
import DigitTraining
import Foundation

/// The 5,000 training images in Tests/Data/mnist.
func shippedTrainingSet() throws -> TrainingSet {
  let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Data/mnist").path
  let images = try ImageSet(
    images: "\(folder)/train-5k-images-idx3-ubyte.gz",
    labels: "\(folder)/train-5k-labels-idx1-ubyte.gz")
  return try TrainingSet(images, source: "train-5k")
}

/// Every layer there is, small.
let everyLayer = Network(
  name: "every-layer",
  layers: [
    .convolution(Convolution(filters: 4, kernel: 5, stride: 2, padding: 1)),
    .batchNormalization(epsilon: 0.001), .activation(.relu),
    .convolution(Convolution(filters: 6, kernel: 3, activation: .tanh)),
    .pooling(Pooling(.maximum, size: 2)), .dropout(rate: 0.1),
    .pooling(Pooling(.average, size: 2)), .flatten,
    .dense(Dense(units: 12, activation: .sigmoid)), .dense(Dense(units: 10, activation: .softmax)),
  ])
