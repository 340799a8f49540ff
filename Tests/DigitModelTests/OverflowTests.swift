import DigitKernels
import DigitModel
import Testing

/// Models whose weights are finite and whose values are not.
@Suite struct OverflowTests {
  @Test(arguments: KernelTable.all, Self.networks)
  func `a model that overflows in float32 is refused by name`(
    kernels: KernelTable, network: Network
  ) throws {
    let model = try overflowing(network)
    try model.validate()
    let error = #expect(throws: ModelError.self) { try Plan(model, kernels: kernels) }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.hasPrefix("model '\(network.name)' cannot be used in f32: "), "\(text)")
    #expect(text.contains("not finite"))
  }

  @Test func `a file that overflows is refused, and is not exported`() throws {
    let model = try Model(safetensors: try overflowing(Sample.mlp).safetensors())
    #expect(throws: ModelError.self) { try Plan(model) }
    #expect(throws: ModelError.self) { try model.onnx() }
  }

  @Test(arguments: KernelTable.all.filter { $0.bf16 != nil })
  func `a model that overflows in bf16 is refused`(kernels: KernelTable) throws {
    for network in [Sample.mlp, Sample.cnn] {
      var model = try overflowing(network)
      try model.setCalibration(
        PrecisionCalibration(
          inputs: nil, gate: PrecisionCalibration.Gate(imageCount: 1, agreeing: 1)),
        for: .bfloat16)
      let error = #expect(throws: ModelError.self) {
        try Plan(model, kernels: kernels, precision: .bfloat16)
      }
      guard case .overflow(_, .bfloat16, _, _) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
  }

  @Test(arguments: KernelTable.all.filter { $0.int8 != nil })
  func `a model whose scores overflow in int8 is refused, and none is calibrated`(
    kernels: KernelTable
  ) throws {
    var model = try overflowing(Sample.mlp)
    #expect(throws: ModelError.self) {
      try PrecisionCalibration(
        of: model, for: .int8, scalePixels: Sample.pixels(images: 4), gatePixels: [],
        kernels: kernels)
    }
    let scale = Quantization(scale: 1e37, zeroPoint: 0)
    try model.setCalibration(
      PrecisionCalibration(
        inputs: [[scale, scale, scale]],
        gate: PrecisionCalibration.Gate(imageCount: 1, agreeing: 1)), for: .int8)
    let error = #expect(throws: ModelError.self) {
      try Plan(model, kernels: kernels, precision: .int8)
    }
    guard case .overflow(_, .int8, _, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test(arguments: Computation.all, Sample.all)
  func `a model of ordinary weights passes, and its results are finite`(
    computation: Computation, network: Network
  ) throws {
    let plan = try computation.plan(network)
    let batch = Batch(plan, imageCount: 5)
    #expect(batch.run(images: [0, 1, 2, 3, 4]).joined().allSatisfy { $0.isFinite })
  }

  /// Ink far beyond 0…1 makes an ordinary model overflow.
  @Test(arguments: Computation.exact, [Sample.mlp, Sample.compact, Sample.ensemble, Sample.wide])
  func `a result that overflows is NaN, and its neighbours are as they were`(
    computation: Computation, network: Network
  ) throws {
    let plan = try computation.plan(network)
    let workspace = Workspace(byteCount: plan.workspaceByteCount)
    let ordinary = [Float](repeating: 0.5, count: plan.pixelCount)
    // A single layer of small weights may well stay finite even at 3e38.
    let large: [Float] = network == Sample.wide ? [] : [3e38, -3e38]
    for extreme in large + [.infinity, .nan] {
      let strange = [Float](repeating: extreme, count: plan.pixelCount)
      var results = [Float](repeating: 7, count: 3 * plan.classCount)
      let finite = run(plan, [ordinary, strange, ordinary], workspace, &results)
      #expect(finite == [true, false, true], "\(extreme)")
      let each = (0..<3).map {
        Array(results.dropFirst($0 * plan.classCount).prefix(plan.classCount))
      }
      #expect(each[1].allSatisfy { $0.isNaN })
      #expect(each[0] == each[2])
    }
  }

  private func run(
    _ plan: Plan, _ images: [[Float]], _ workspace: Workspace, _ results: inout [Float]
  ) -> [Bool] {
    let pixels = images.flatMap { $0 }
    return results.withUnsafeMutableBufferPointer { results in
      pixels.withUnsafeBytes { pixels in
        let tasks = images.indices.map { image in
          InferenceTask(
            pixels: pixels.baseAddress! + 4 * image * plan.pixelCount, pixelType: .float32,
            isRaw: true, probabilities: results.baseAddress! + image * plan.classCount)
        }
        tasks.withUnsafeBufferPointer { plan.run($0, workspace: workspace) }
        return tasks.map { $0.probabilities[0].isFinite }
      }
    }
  }

  /// With scores of a sigmoid, of softmax, of a norm that comes last, and an ensemble's.
  private static let networks = [
    Sample.mlp, Sample.cnn, Sample.compact, Sample.conditioned, Sample.ensemble,
  ]

  /// With weights of 1e38 or less, which add up to infinity in one layer or the next.
  private func overflowing(_ network: Network) throws -> Model {
    var model = try Sample.model(network)
    for (name, tensor) in model.tensors where name.hasSuffix("weight") {
      model.tensors[name]?.values = tensor.values.map { _ in 1e29 }
    }
    return model
  }
}
