import DigitKernels
import DigitModel

/// One thread's part of the work: feature maps, gradients and scratch for its share of a batch.
///
/// All memory is taken at the start; passing images through takes none.
final class Shard {
  let network: TrainableNetwork
  let imageCountMax: Int
  /// Where the images to pass go: imageCountMax × input size.
  let input: UnsafeMutablePointer<Float>
  let imageSeeds: UnsafeMutablePointer<UInt64>
  /// Nil for an image of no digit.
  let labels: UnsafeMutablePointer<Int?>
  /// What each image's scores should become: imageCountMax × classes.
  let targets: FlatBuffer
  let gradient: FlatBuffer
  let statistics: FlatBuffer
  /// What the last `evaluate` found.
  private(set) var totals = Totals()

  private let memory: FlatBuffer
  private let scratch: UnsafeMutableRawPointer
  /// The feature map before each step, and after the last.
  private var maps: [UnsafeMutablePointer<Float>] = []
  private var mapGradients: [UnsafeMutablePointer<Float>] = []
  private var saved: [UnsafeMutablePointer<Float>] = []

  init(_ network: TrainableNetwork, imageCountMax: Int) {
    self.network = network
    self.imageCountMax = imageCountMax
    gradient = FlatBuffer(count: network.parameterCount)
    statistics = FlatBuffer(count: network.statisticsCount)
    targets = FlatBuffer(count: network.classCount * imageCountMax)
    let passes = network.steps.map(\.pass)
    let mapCounts = (passes.map(\.inputShape.count) + [network.classCount])
      .map { FlatBuffer.aligned($0 * imageCountMax) }
    let savedCounts = passes.map {
      FlatBuffer.aligned($0.savedFloatCount(imageCount: imageCountMax))
    }
    memory = FlatBuffer(count: 2 * mapCounts.reduce(0, +) + savedCounts.reduce(0, +))
    var free = memory.pointer
    func take(_ count: Int) -> UnsafeMutablePointer<Float> {
      defer { free += count }
      return free
    }
    maps = mapCounts.map(take)
    mapGradients = mapCounts.map(take)
    saved = savedCounts.map(take)
    input = maps[0]
    scratch = .allocate(byteCount: KernelTable.multiplyScratchByteCount, alignment: 64)
    imageSeeds = .allocate(capacity: imageCountMax)
    labels = .allocate(capacity: imageCountMax)
  }

  deinit {
    scratch.deallocate()
    imageSeeds.deallocate()
    labels.deallocate()
  }
}

extension Shard {
  /// Passes the first `imageCount` images of `input` through the network.
  func forward(imageCount: Int, from store: ParameterStore, isTraining: Bool) {
    for (index, step) in network.steps.enumerated() {
      step.pass.forward(
        ForwardCall(
          mode: isTraining ? .training(imageSeeds: imageSeeds) : .inference,
          imageCount: imageCount, input: maps[index], output: maps[index + 1],
          parameters: store.parameters.pointer + step.parameterOffset,
          statistics: store.statistics.pointer + step.statisticsOffset,
          shardStatistics: statistics.pointer + step.statisticsOffset,
          saved: saved[index], scratch: scratch))
    }
  }

  /// Sets `totals` to the losses of the digits and how many were right, after `forward`.
  /// - Parameters:
  ///   - gradientScale: what one image's gradient counts; nil where none is wanted.
  ///   - isHard: whether the labels count, not `targets`.
  func evaluate(imageCount: Int, gradientScale: Float?, isHard: Bool = true) {
    totals = Totals()
    let classCount = network.classCount
    for image in 0..<imageCount {
      let result = network.loss.evaluate(
        scores: maps[maps.count - 1] + image * classCount, count: classCount,
        label: labels[image], target: isHard ? nil : targets.pointer + image * classCount,
        scale: gradientScale ?? 1,
        gradient: gradientScale.map { _ in
          mapGradients[mapGradients.count - 1] + image * classCount
        })
      if labels[image] != nil { totals.add(result) }
    }
  }

  /// Sets `gradient` to the shard's, after `evaluate`.
  func backward(imageCount: Int, from store: ParameterStore) {
    gradient.clear()
    for (index, step) in network.steps.enumerated().reversed() {
      step.pass.backward(
        BackwardCall(
          imageCount: imageCount, input: maps[index], output: maps[index + 1],
          outputGradient: mapGradients[index + 1],
          inputGradient: index == 0 ? nil : mapGradients[index],
          parameters: store.parameters.pointer + step.parameterOffset,
          parameterGradient: gradient.pointer + step.parameterOffset,
          saved: saved[index], scratch: scratch))
    }
  }
}
