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

  /// A checkerboard does it, but neither ink everywhere nor noise: what pooling kept of such sums
  /// might look like a result.
  @Test(arguments: KernelTable.all)
  func `a model that only some image makes overflow is refused`(kernels: KernelTable) throws {
    var model = try Sample.model(Sample.conditioned)
    let names = model.tensors.keys.filter { $0.hasSuffix("weight") }.sorted()
    try #require(names.count == 2)
    for (name, weight) in zip(names, [3e37, 2e-38] as [Float]) {
      let values = try #require(model.tensors[name]?.values)
      // Of the convolution's 3 × 3 × 8 the signs are those of a checkerboard's squares.
      model.tensors[name]?.values = values.indices.map { $0 / 8 % 2 == 0 ? weight : -weight }
    }
    let error = #expect(throws: ModelError.self) { try Plan(model, kernels: kernels) }
    #expect(
      error.map { "\($0)" }?.contains("for some image the sums of a convolution of 8 filters")
        == true, "\(String(describing: error))")
  }

  @Test(arguments: KernelTable.all.filter { $0.int8 != nil }, [Sample.mlp, Sample.cnn])
  func `a file whose int8 activations only saturate is refused`(
    kernels: KernelTable, network: Network
  ) throws {
    var model = try Sample.model(network)
    let scales = try PrecisionCalibration(
      of: model, for: .int8, scalePixels: Sample.pixels(images: 8), gatePixels: [],
      kernels: kernels
    ).inputs
    let gate = PrecisionCalibration.Gate(imageCount: 1, agreeing: 1)
    try model.setCalibration(PrecisionCalibration(inputs: scales, gate: gate), for: .int8)
    _ = try Plan(model, kernels: kernels, precision: .int8)
    for product in try #require(scales?[0].indices.dropFirst()) {
      var tiny = scales!
      tiny[0][product].scale *= 1e-9
      try model.setCalibration(PrecisionCalibration(inputs: tiny, gate: gate), for: .int8)
      let error = #expect(throws: ModelError.self) {
        try Plan(model, kernels: kernels, precision: .int8)
      }
      guard case .badCalibration(.int8, let problem) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(problem.contains("at the ends of the range of a byte"), "\(problem)")
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
