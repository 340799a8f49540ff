import DigitFiles
import DigitModel

/// Brings a shard its images, labels and targets.
struct BatchLoader {
  let input: Network.Input
  let targets: SoftTargets

  init(_ network: Network, recipe: Recipe) {
    input = network.input
    targets = SoftTargets(
      smoothing: recipe.labelSmoothing, teacherWeight: recipe.teacherWeight,
      hasOutliers: recipe.augmentation.outliers > 0)
  }

  /// Images as they are, to measure by.
  func loadPlain(_ part: ArraySlice<Int>, of images: ImageSet, into shard: Shard) {
    let size = images.pixelsPerImage
    let loader = ImageLoader(input: input, augmentation: .none)
    images.pixels.withUnsafeBufferPointer { pixels in
      for (index, image) in part.enumerated() {
        loader.load(pixels.baseAddress! + image * size, into: shard.input + index * size)
        shard.labels[index] = Int(images.labels[image])
      }
    }
  }

  /// Images changed at random, each by a seed of its own, and what their scores should become.
  func loadAugmented(
    _ part: ArraySlice<Int>, of images: ImageSet, by loader: ImageLoader, epochSeed: UInt64,
    teacher: Lesson?, into shard: Shard
  ) {
    let size = images.pixelsPerImage
    images.pixels.withUnsafeBufferPointer { pixels in
      for (index, image) in part.enumerated() {
        let seed = RandomSource.seed(epochSeed, UInt64(image))
        let content = loader.loadAugmented(
          pixels.baseAddress! + image * size, seed: seed, into: shard.input + index * size)
        shard.imageSeeds[index] = seed
        shard.labels[index] =
          switch content {
          case .digit: Int(images.labels[image])
          case .outlier: nil
          }
      }
    }
    guard !targets.isHard else { return }
    let classCount = shard.network.classCount
    let taught = teacher?.probabilities(of: shard.input, imageCount: part.count, input: input)
    for index in 0..<part.count {
      targets.fill(
        shard.targets.pointer + index * classCount, classCount: classCount,
        label: shard.labels[index], teacher: taught.map { $0 + index * classCount })
    }
  }
}
