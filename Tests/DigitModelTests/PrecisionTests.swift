import DigitKernels
import DigitModel
import Testing

@Suite struct PrecisionTests {
  @Test(arguments: [.bfloat16, .int8] as [Precision])
  func `a model that is not calibrated is served in no quantised precision`(
    precision: Precision
  ) throws {
    let model = try Sample.model(Sample.mlp)
    #expect(throws: ModelError.notCalibrated(precision)) { try Plan(model, precision: precision) }
  }

  @Test(arguments: [.bfloat16, .int8] as [Precision])
  func `what the gate refuses is not served`(precision: Precision) throws {
    let gate = PrecisionCalibration.Gate(imageCount: 10_000, agreeing: 9_989)
    var model = try Sample.model(Sample.mlp)
    try model.setCalibration(scales(3, gate), for: precision)
    let error = #expect(throws: ModelError.self) { try Plan(model, precision: precision) }
    #expect(error == .refused(precision, gate))
    #expect("\(error!)".contains("9989 of 10000 images are read as in float32, at least 9990"))
  }

  @Test(arguments: [
    (0, 0, false), (1, 1, true), (999, 998, false), (1_000, 999, true), (10_000, 9_990, true),
    (10_000, 9_989, false), (5, 6, false), (Int.max, 0, false), (Int.max, Int.max, false),
    (10_000, -Int.max, false), (-5, -5, false),
  ])
  func `of a thousand images one may be read otherwise`(images: Int, alike: Int, passes: Bool) {
    #expect(PrecisionCalibration.Gate(imageCount: images, agreeing: alike).isPassed == passes)
  }

  @Test func `a calibration that does not fit its network is refused`() throws {
    let passed = PrecisionCalibration.Gate(imageCount: 10_000, agreeing: 10_000)
    var model = try Sample.model(Sample.mlp)
    for bad in [scales(2, passed), scales(4, passed), scales(3, passed, scale: 0)]
      + [-1, .infinity, .leastNonzeroMagnitude].map({ scales(3, passed, scale: $0) })
    {
      // JSON has no infinity.
      guard (try? model.setCalibration(bad, for: .int8)) != nil else { continue }
      #expect(throws: ModelError.self) { try Plan(model, precision: .int8) }
    }
    for json in [
      "", "{}", "[]", #"{"inputs":[[]],"gate":{"imageCount":1,"agreeing":1}}"#,
      #"{"inputs":[[{"scale":1,"zeroPoint":256}]],"gate":{"imageCount":1,"agreeing":1}}"#,
    ] {
      model.metadata["calibration.int8"] = json
      #expect(throws: ModelError.self) { try Plan(model, precision: .int8) }
    }
    for json in ["", "{}", "[]", #"{"gate":7}"#, #"{"gate":{"imageCount":-1,"agreeing":1}}"#] {
      model.metadata["calibration.bf16"] = json
      #expect(throws: ModelError.self) { try Plan(model, precision: .bfloat16) }
    }
  }

  /// That is of use for bytes only: floats of 16 bits have no scales.
  @Test func `scales of floats of 16 bits are passed over`() throws {
    let passed = PrecisionCalibration.Gate(imageCount: 10_000, agreeing: 10_000)
    var model = try Sample.model(Sample.mlp)
    let pixels = Sample.pixels(images: 2)
    let plans = try [nil, [[Quantization(scale: 3, zeroPoint: 9)]]].map { inputs in
      try model.setCalibration(PrecisionCalibration(inputs: inputs, gate: passed), for: .bfloat16)
      return try Plan(model, precision: .bfloat16)
    }
    #expect(plans[0].classify(pixels) == plans[1].classify(pixels))
  }

  @Test(
    arguments: [.leastNonzeroMagnitude, 8 * .leastNonzeroMagnitude, 1e-37, 3e38] as [Float],
    [.bfloat16, .int8] as [Precision])
  func `weights of any size are rounded or refused`(weight: Float, precision: Precision) throws {
    let network = Network(
      name: "sizes",
      layers: [
        .convolution(Convolution(filters: 32, kernel: 3)),
        .convolution(Convolution(filters: 32, kernel: 3)), .flatten,
        .dense(Dense(units: 10, activation: .softmax)),
      ])
    var model = try Sample.model(network)
    for name in model.tensors.keys where name.hasSuffix("weight") {
      let count = model.tensors[name]!.values.count
      for index in stride(from: 0, to: count, by: 32) {
        model.tensors[name]!.values[index] = weight
      }
    }
    try model.setCalibration(
      scales(3, PrecisionCalibration.Gate(imageCount: 1, agreeing: 1)), for: precision)
    if weight > 1 {
      let error = #expect(throws: ModelError.self) { try Plan(model, precision: precision) }
      #expect("\(error!)".contains("a weight exceeds 1e30"))
    } else {
      let plan = try Plan(model, precision: precision)
      #expect(plan.classify(Sample.pixels(images: 2)).count == 20)
    }
    let calibrated = try? PrecisionCalibration(
      of: model, for: precision, scalePixels: Sample.pixels(images: 4),
      gatePixels: Sample.pixels(images: 4))
    #expect(calibrated == nil || weight < 1)
  }

  @Test func `sums that may overflow are refused`() throws {
    let network = Network(
      name: "deep",
      layers: [
        .convolution(Convolution(filters: 100, kernel: 1)), .flatten,
        .dense(Dense(units: 10, activation: .softmax)),
      ])
    var model = try Sample.model(network)
    try model.setCalibration(
      scales(2, PrecisionCalibration.Gate(imageCount: 1, agreeing: 1)), for: .int8)
    // Those of floats do not.
    try model.setCalibration(
      scales(2, PrecisionCalibration.Gate(imageCount: 1, agreeing: 1)), for: .bfloat16)
    _ = try Plan(model, precision: .bfloat16)
    let error = #expect(throws: ModelError.self) { try Plan(model, precision: .int8) }
    #expect("\(error!)".contains("sums of 78400 products may overflow"))
  }

  @Test(arguments: Computation.narrow)
  func `a calibration survives the file`(computation: Computation) throws {
    let precision = computation.precision
    let model = try computation.calibrated(try Sample.model(Sample.compact))
    let again = try Model(safetensors: try model.safetensors())
    #expect(try again.calibration(for: precision) == model.calibration(for: precision))
    #expect(try again.calibration(for: precision) != nil)
  }

  @Test(arguments: Computation.narrow, KernelTable.all.filter { $0.int8 == nil && $0.bf16 == nil })
  func `where there are no instructions for a precision a plan computes in float32`(
    computation: Computation, kernels: KernelTable
  ) throws {
    let model = try computation.calibrated(try Sample.model(Sample.mlp))
    let plan = try Plan(model, kernels: kernels, precision: computation.precision)
    #expect(plan.precision == .float32)
    let pixels = Sample.pixels(images: 3)
    #expect(plan.classify(pixels) == (try Plan(model, kernels: kernels)).classify(pixels))
    #expect(throws: ModelError.unavailable(computation.precision)) {
      try PrecisionCalibration(
        of: model, for: computation.precision, scalePixels: [], gatePixels: [], kernels: kernels)
    }
  }

  @Test(arguments: Computation.narrow)
  func `the gate counts the images that are read alike`(computation: Computation) throws {
    let calibration = try PrecisionCalibration(
      of: try Sample.model(Sample.cnn), for: computation.precision,
      scalePixels: Sample.pixels(images: 20), gatePixels: Sample.pixels(images: 50),
      kernels: computation.kernels)
    #expect(calibration.gate.imageCount == 50)
    #expect((45...50).contains(calibration.gate.agreeing))
    guard computation.precision == .int8 else {
      #expect(calibration.inputs == nil)
      return
    }
    #expect(calibration.inputs?.map(\.count) == [4])
    // What was rectified has no zero point.
    #expect(calibration.inputs?[0].allSatisfy { $0.zeroPoint == 0 } == true)
  }

  private func scales(
    _ count: Int, _ gate: PrecisionCalibration.Gate, scale: Float = 0.01
  ) -> PrecisionCalibration {
    PrecisionCalibration(
      inputs: [Array(repeating: Quantization(scale: scale, zeroPoint: 0), count: count)],
      gate: gate)
  }
}
