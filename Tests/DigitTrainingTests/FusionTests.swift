import DigitKernels
import DigitModel
import DigitTraining
import Testing

/// What a network computes from images and gives back to its parameters.
private struct Passage {
  var scores: [Float]
  var parameterGradient: [Float]
  var stepCount: Int

  /// Passes images forward, and a gradient that is a wave backward, with or without fusing.
  init(_ network: Network, fuses: Bool, imageCount: Int = 3) throws {
    let trainable = try TrainableNetwork(network, fuses: fuses)
    let passes = trainable.steps.map(\.pass)
    stepCount = passes.count
    var random = RandomSource(seed: 11)
    let noise = { (count: Int) in (0..<count).map { _ in random.float(within: 1) } }
    let parameters = passes.map { noise($0.parameters.reduce(0) { $0 + $1.count }) }
    var maps = [noise(imageCount * passes[0].inputShape.count)]
    var gradient = noise(imageCount * trainable.classCount)
    var saved: [[Float]] = []
    let scratch = UnsafeMutableRawPointer.allocate(
      byteCount: KernelTable.multiplyScratchByteCount, alignment: 64)
    defer { scratch.deallocate() }
    let seeds = (0..<imageCount).map { UInt64($0 + 7) }
    for (index, pass) in passes.enumerated() {
      var output = noise(imageCount * pass.outputShape.count)
      var kept = noise(pass.savedFloatCount(imageCount: imageCount))
      var none: [Float] = []
      seeds.withUnsafeBufferPointer { seeds in
        pass.forward(
          ForwardCall(
            mode: .training(imageSeeds: seeds.baseAddress!), imageCount: imageCount,
            input: maps[index], output: &output, parameters: parameters[index],
            statistics: [],
            shardStatistics: &none, saved: &kept, scratch: scratch))
      }
      maps.append(output)
      saved.append(kept)
    }
    scores = maps[passes.count]
    var gradients = [[Float]](repeating: [], count: passes.count)
    for (index, pass) in passes.enumerated().reversed() {
      var inputGradient = noise(maps[index].count)
      var own = [Float](repeating: 0, count: parameters[index].count)
      pass.backward(
        BackwardCall(
          imageCount: imageCount, input: maps[index], output: maps[index + 1],
          outputGradient: &gradient, inputGradient: &inputGradient,
          parameters: parameters[index], parameterGradient: &own, saved: &saved[index],
          scratch: scratch))
      gradients[index] = own
      gradient = inputGradient
    }
    parameterGradient = gradients.flatMap { $0 }
    // The calls held their addresses only.
    withExtendedLifetime((maps, saved, parameters)) {}
  }
}

// Channels × kernel: 48 and 96 are whole vectors of every kind, 9 and 120 are not of any.
@Test(arguments: [
  (channels: 16, Convolution(filters: 5, kernel: 3, activation: .relu)),
  (channels: 32, Convolution(filters: 16, kernel: 3, activation: .relu)),
  (channels: 32, Convolution(filters: 9, kernel: 3)),
  (channels: 16, Convolution(filters: 7, kernel: 3, stride: 2, activation: .relu)),
  (channels: 16, Convolution(filters: 7, kernel: 3, padding: 1, activation: .relu)),
  (channels: 3, Convolution(filters: 8, kernel: 3, activation: .relu)),
  (channels: 24, Convolution(filters: 17, kernel: 5, activation: .relu)),
])
func `a fused convolution computes what its layers do, forward and backward`(
  channels: Int, convolution: Convolution
) throws {
  for pools in [true, false] {
    var network = Network(
      name: "fused",
      layers: [.convolution(Convolution(filters: channels, kernel: 1)), .convolution(convolution)])
    if pools { network.layers.append(.pooling(Pooling(.maximum, size: 2))) }
    network.layers += [
      .dropout(rate: 0.3), .flatten, .dense(Dense(units: 4, activation: .softmax)),
    ]
    (network.input.height, network.input.width) = (9, 11)
    let fused = try Passage(network, fuses: true)
    let apart = try Passage(network, fuses: false)
    if pools || convolution.activation == .relu { #expect(fused.stepCount < apart.stepCount) }
    #expect(largestError(fused.scores, apart.scores) < 1e-4)
    #expect(fused.parameterGradient.count == apart.parameterGradient.count)
    #expect(largestError(fused.parameterGradient, apart.parameterGradient) < 1e-4)
    #expect(apart.parameterGradient.contains { abs($0) > 0.1 })
  }
}

@Test func `windows of equal maxima give the gradient to the first pixel`() throws {
  // With a weight of zero every number of the map is the bias.
  var network = Network(
    name: "flat",
    layers: [
      .convolution(Convolution(filters: 1, kernel: 1)), .pooling(Pooling(.maximum, size: 2)),
      .flatten, .dense(Dense(units: 4, activation: .softmax)),
    ])
  (network.input.height, network.input.width) = (4, 4)
  let pass = try TrainableNetwork(network).steps[0].pass
  var input: [Float] = (0..<16).map { Float($0) }
  var output = [Float](repeating: .nan, count: 4)
  var (parameters, gradient): ([Float], [Float]) = ([0, 3], [0, 0])
  var saved = [Float](repeating: .nan, count: pass.savedFloatCount(imageCount: 1))
  var (none, outputGradient): ([Float], [Float]) = ([], [1, 1, 1, 1])
  let scratch = UnsafeMutableRawPointer.allocate(
    byteCount: KernelTable.multiplyScratchByteCount, alignment: 64)
  defer { scratch.deallocate() }
  pass.forward(
    ForwardCall(
      mode: .inference, imageCount: 1, input: &input, output: &output, parameters: &parameters,
      statistics: [], shardStatistics: &none, saved: &saved, scratch: scratch))
  #expect(output == [3, 3, 3, 3])
  pass.backward(
    BackwardCall(
      imageCount: 1, input: &input, output: &output, outputGradient: &outputGradient,
      inputGradient: nil, parameters: &parameters, parameterGradient: &gradient, saved: &saved,
      scratch: scratch))
  withExtendedLifetime((input, output, parameters, saved, outputGradient)) {}
  // The first pixels of the windows are pixels 0, 2, 8 and 10.
  #expect(gradient == [20, 4])
}
