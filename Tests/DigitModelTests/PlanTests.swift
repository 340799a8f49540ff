import DigitKernels
import DigitModel
import Testing

extension Network: CustomTestStringConvertible {
  package var testDescription: String { name }
}

extension KernelTable: CustomTestStringConvertible {
  package var testDescription: String { instructionSet.rawValue }
}

@Suite struct PlanTests {
  @Test func `images beyond the largest batch are read as each alone`() throws {
    let plan = try Computation.all[0].plan(Sample.all[0])
    let count = plan.maximumBatch + 3
    let pixels = Sample.pixels(images: count)
    let alone = (0..<count).flatMap { image in
      plan.classify(Array(pixels[image * 784..<(image + 1) * 784]))
    }
    #expect(plan.classify(pixels) == alone)
  }

  @Test(arguments: Computation.all, Sample.all)
  func `a plan agrees with the reference`(computation: Computation, network: Network) throws {
    let model = try Sample.model(network)
    let plan = try computation.plan(network)
    #expect(plan.precision == computation.precision)
    let pixels = Sample.pixels(images: 3)
    let expected = (0..<3).flatMap { image in
      model.evaluateReference(
        pixels[image * 784..<(image + 1) * 784].map { Float($0) / 255 })
    }
    #expect(largestDifference(plan.classify(pixels), expected) < computation.tolerance)
    #expect(Set(expected).count > plan.classCount, "the images do not all look the same")
  }

  @Test(arguments: Computation.all, Sample.all)
  func `a result is bit-identical at every position of every batch size`(
    computation: Computation, network: Network
  ) throws {
    let plan = try computation.plan(network)
    let batch = Batch(plan, imageCount: 64)
    let alone = (0..<64).map { batch.run(images: [$0])[0] }
    for count in 1...64 {
      // Rotated, so that over the sizes every image meets many positions and neighbours.
      let images = (0..<count).map { (64 - count + $0 * 5 + count * 7) % 64 }
      let isSame = batch.run(images: images) == images.map { alone[$0] }
      #expect(isSame, "a batch of \(count)")
    }
    for position in 0..<64 {
      let images = (0..<64).map { $0 == position ? 17 : ($0 + 31) % 64 }
      let isSame = batch.run(images: images)[position] == alone[17]
      #expect(isSame, "at \(position)")
    }
  }

  @Test(arguments: Computation.all, Sample.all)
  func `a result does not depend on what the workspace held before`(
    computation: Computation, network: Network
  ) throws {
    let plan = try computation.plan(network)
    let other = try computation.plan(Sample.compact)
    let size = max(plan.workspaceByteCount, other.workspaceByteCount)
    let workspace = Workspace(byteCount: size)
    let before = Batch(plan, imageCount: 20, workspace: workspace).run(images: Array(0..<20))
    _ = Batch(other, imageCount: 20, workspace: workspace).run(images: Array(0..<20))
    // No number, neither as floats of 32 bits nor as those of 16.
    workspace.memory.update(
      repeating: Float(bitPattern: 0x7fc0_7fc0), count: workspace.byteCount / 4)
    let after = Batch(plan, imageCount: 20, workspace: workspace).run(images: Array(0..<20))
    let isSame = before == after
    #expect(isSame)
  }

  @Test(arguments: Computation.all, Sample.all)
  func `bytes and floats of the same ink give the same result`(
    computation: Computation, network: Network
  ) throws {
    let plan = try computation.plan(network)
    let batch = Batch(plan, imageCount: 5)
    let images = Array(0..<5)
    let isSame = batch.run(images: images, as: .float32) == batch.run(images: images)
    #expect(isSame)
  }

  @Test(arguments: Computation.all, [8, 9, 28, 40])
  func `a dense layer reads images wherever they lie, and nothing behind them`(
    computation: Computation, side: Int
  ) throws {
    let model = try computation.calibrated(try Sample.square(side))
    let plan = try Plan(
      model, kernels: computation.kernels, precision: computation.precision, maximumBatch: 30)
    let count = side * side
    let pixels = Sample.pixels(images: 30, side: side)
    var results = [Float](repeating: .nan, count: 30 * plan.classCount)
    // Each in a block of its own, at its end; every third as floats.
    let blocks = (0..<30).map { image in
      let type: PixelType = image % 3 == 2 ? .float32 : .uint8
      let block = UnsafeMutableRawBufferPointer.allocate(
        byteCount: image + count * type.byteCount, alignment: 1)
      for pixel in 0..<count {
        let byte = pixels[image * count + pixel]
        switch type {
        case .uint8: block[image + pixel] = byte
        case .float32:
          block.storeBytes(
            of: Float(byte) / 255, toByteOffset: image + 4 * pixel, as: Float.self)
        }
      }
      return (type: type, block: block)
    }
    defer { for (_, block) in blocks { block.deallocate() } }
    results.withUnsafeMutableBufferPointer { results in
      let tasks = blocks.indices.map { image in
        InferenceTask(
          pixels: UnsafeRawPointer(blocks[image].block.baseAddress!) + image,
          pixelType: blocks[image].type,
          probabilities: results.baseAddress! + image * plan.classCount)
      }
      let workspace = Workspace(byteCount: plan.workspaceByteCount)
      tasks.withUnsafeBufferPointer { plan.run($0, workspace: workspace) }
    }
    #expect(results == (try computation.plan(of: model)).classify(pixels))
  }

  @Test(arguments: Computation.all, Sample.all)
  func `probabilities add up to one`(computation: Computation, network: Network) throws {
    let plan = try computation.plan(network)
    for result in Batch(plan, imageCount: 4).run(images: [0, 1, 2, 3]) {
      #expect(abs(result.reduce(0, +) - 1) < 1e-5)
    }
  }

  @Test func `a network without probabilities makes no plan`() throws {
    let network = Network(name: "scores", layers: [.flatten, .dense(Dense(units: 10))])
    let model = try Sample.model(network)
    #expect(throws: ModelError.noProbabilities) { try Plan(model) }
  }
}
