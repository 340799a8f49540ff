import DigitKernels
import DigitModel
import Testing

@Suite struct CascadeTests {
  private static let imageCount = 64

  /// A cascade of these, and the thresholds that about half of its images pass.
  private static func model(
    _ networks: [Network] = [Sample.mlp, Sample.ensemble, Sample.cnn]
  ) throws -> (cascade: Model, stages: [Model]) {
    let models = try networks.map(Sample.model)
    let stages = try models.enumerated().map { index, model in
      guard index < models.count - 1 else { return StagedModel(model) }
      let most = try answers(of: model).map { $0.max()! }.sorted()
      return StagedModel(model, below: most[most.count / 2])
    }
    return (try Model(name: "cascade", cascade: stages), models)
  }

  private static func answers(of model: Model) throws -> [[Float]] {
    Batch(try Plan(model), imageCount: imageCount).run(images: Array(0..<imageCount))
  }

  private func bits(_ rows: [[Float]]) -> [[UInt32]] { rows.map { $0.map(\.bitPattern) } }

  @Test func `a cascade answers as its stages do, one after another by hand`() throws {
    let (cascade, stages) = try Self.model()
    let each = try stages.map { try Self.answers(of: $0) }
    var answeredBy = [0, 0, 0]
    let expected = (0..<Self.imageCount).map { image in
      var stage = 0
      while let below = cascade.network.stages[stage].below, each[stage][image].max()! < below {
        stage += 1
      }
      answeredBy[stage] += 1
      return each[stage][image]
    }
    #expect(answeredBy.allSatisfy { $0 > 0 }, "\(answeredBy)")
    #expect(try bits(Self.answers(of: cascade)) == bits(expected))
    // The stages that the plan tells are those models.
    for (plan, answers) in zip(try Plan(cascade).stagePlans, each) {
      let got = Batch(plan, imageCount: Self.imageCount).run(images: Array(0..<Self.imageCount))
      #expect(bits(got) == bits(answers))
    }
  }

  @Test(arguments: Computation.all, [1, 7, 64])
  func `an answer is a function of its image alone`(computation: Computation, batch: Int) throws {
    let plan = try computation.plan(Sample.cascade)
    let run = Batch(plan, imageCount: Self.imageCount)
    let alone = (0..<Self.imageCount).map { run.run(images: [$0])[0] }
    var order = Array(0..<Self.imageCount)
    for turn in 0..<3 {
      for first in stride(from: 0, to: order.count, by: batch) {
        let images = Array(order[first..<min(order.count, first + batch)])
        let got = run.run(images: images)
        #expect(bits(got) == bits(images.map { alone[$0] }))
      }
      // 29 has no factor in common with 64: another order of the same images.
      order = order.indices.map { order[($0 * 29 + turn) % order.count] }
    }
  }

  @Test func `images that all are sure, or none, pass as they should`() throws {
    let members = try [Sample.mlp, Sample.cnn].map(Sample.model)
    for (below, answering) in [(Float.leastNormalMagnitude, 0), (1, 1)] {
      let cascade = try Model(
        name: "cascade", cascade: [StagedModel(members[0], below: below), StagedModel(members[1])])
      #expect(try bits(Self.answers(of: cascade)) == bits(Self.answers(of: members[answering])))
    }
  }

  @Test(arguments: [(Float.leastNormalMagnitude, true), (1, false)])
  func `the first stage tells whether it answers every image`(below: Float, isSure: Bool) throws {
    let members = try [Sample.mlp, Sample.cnn].map(Sample.model)
    let cascade = try Model(
      name: "cascade", cascade: [StagedModel(members[0], below: below), StagedModel(members[1])])
    #expect(try runFirstStage(of: cascade).isWhole == isSure)
    // What is no cascade has one stage.
    #expect(try runFirstStage(of: members[0]).isWhole)
    let expected = try Batch(Plan(members[0]), imageCount: 1).run(images: [0])[0]
    #expect(try bits([runFirstStage(of: cascade).answer]) == bits([expected]))
  }

  /// Of the first image.
  private func runFirstStage(of model: Model) throws -> (isWhole: Bool, answer: [Float]) {
    let plan = try Plan(model)
    let pixels = Sample.pixels(images: 1)
    var answer = [Float](repeating: 0, count: plan.classCount)
    let isWhole = pixels.withUnsafeBytes { pixels in
      answer.withUnsafeMutableBufferPointer { answer in
        let task = InferenceTask(
          pixels: pixels.baseAddress!, pixelType: .uint8, probabilities: answer.baseAddress!)
        return withUnsafePointer(to: task) {
          plan.runFirstStage(
            UnsafeBufferPointer(start: $0, count: 1),
            workspace: Workspace(byteCount: plan.workspaceByteCount))
        }
      }
    }
    return (isWhole, answer)
  }

  @Test func `a cascade is read from its file as it was written`() throws {
    let (cascade, _) = try Self.model()
    let again = try Model(safetensors: try cascade.safetensors())
    #expect(again.network == cascade.network)
    #expect(again.tensors == cascade.tensors)
    // And says nothing of stages where there are none.
    let plain = try Sample.model(Sample.ensemble).safetensors()
    #expect(!String(decoding: plain.prefix(4_000), as: UTF8.self).contains("stages"))
  }

  @Test func `what makes no cascade is refused`() throws {
    func problem(_ change: (inout Network) -> Void) -> NetworkError? {
      var network = Sample.cascade
      change(&network)
      do { try network.check() } catch { return error }
      return nil
    }
    #expect(problem { _ in } == nil)
    #expect(problem { $0.stages.removeLast() } == .cascade(.members))
    #expect(problem { $0.stages[1].memberCount = 1 } == .cascade(.members))
    #expect(problem { $0.stages[0].memberCount = .max } == .cascade(.members))
    #expect(problem { $0.stages[0].memberCount = 0 } == .cascade(.tooFew))
    #expect(problem { $0.stages = [CascadeStage(memberCount: 4)] } == .cascade(.tooFew))
    for below: Float? in [nil, 0, -0.5, 1.5, .nan, .infinity] {
      #expect(problem { $0.stages[1].below = below } == .cascade(.threshold))
    }
    #expect(problem { $0.stages[2].below = 0.5 } == .cascade(.threshold))
    for share: Float in [-0.1, 1.1, .nan] {
      #expect(problem { $0.stages[1].share = share } == .cascade(.share))
    }
    #expect(problem { $0.members = [] } != nil)
    #expect(problem { $0.members[1] = Sample.cascade } == .members(.tooMany))
    #expect(
      problem { $0.members[1].stages = Sample.cascade.stages }
        == .member(index: 1, .cascade(.members)))
    let isTooMuch = problem {
      $0.members = [Sample.mlp, Sample.cnn, Sample.cnn, Sample.cnn]
      $0.stages = [CascadeStage(memberCount: 1, below: 0.5), CascadeStage(memberCount: 3)]
    }
    #expect(isTooMuch == .cascade(.work))
    let nested = try Sample.model(Sample.cascade)
    #expect(throws: ModelError.network(.cascade(.nested))) {
      try Model(name: "two", cascade: [StagedModel(nested, below: 0.5), StagedModel(nested)])
    }
  }

  @Test func `a value that overflows in a later stage only is found when the plan is made`()
    throws
  {
    let first = try Sample.model(Sample.mlp)
    var last = try Sample.model(Sample.mlp)
    let name = "layers.2.weight"
    last.tensors[name]!.values = last.tensors[name]!.values.map { $0 * 1e38 }
    let cascade = try Model(
      name: "cascade",
      cascade: [StagedModel(first, below: .leastNormalMagnitude), StagedModel(last)])
    #expect(throws: ModelError.self) { try Plan(cascade) }
  }

  @Test func `scales of bytes are taken from every image, whichever stage answers it`() throws {
    guard Precision.int8.isAvailable(.chosen) else { return }
    let members = try [Sample.mlp, Sample.cnn].map(Sample.model)
    let pixels = Sample.pixels(images: 20)
    let cascade = try Model(
      name: "cascade",
      cascade: [StagedModel(members[0], below: .leastNormalMagnitude), StagedModel(members[1])])
    let alone = try members.map { try InputRanges.quantizations(of: $0, pixels: pixels)[0] }
    #expect(try InputRanges.quantizations(of: cascade, pixels: pixels) == alone)
  }

  @Test func `a cascade's scores are not divided by a temperature`() throws {
    let (cascade, _) = try Self.model()
    #expect(throws: ModelError.self) { try cascade.dividingScores(by: 0.5) }
  }
}
