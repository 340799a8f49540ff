import DigitKernels
import DigitModel
import Testing

@Suite struct StepWorkTests {
  @Test(arguments: Computation.all, Sample.all)
  func `a profile has the same results, and every operation of the network`(
    computation: Computation, network: Network
  ) throws {
    let plan = try computation.plan(network)
    let batch = Batch(plan, imageCount: 20)
    let images = Array(0..<20)
    #expect(batch.run(images: images, profiles: true) == batch.run(images: images))
    let steps = batch.times
    let told = steps.map(\.work.operations).reduce(0, +)
    let defined = try NetworkSize(network).operationCount
    // Where a fused pooling leaves out an odd edge, that is not computed.
    #expect(network == Sample.unfused ? told <= defined : told == defined)
    #expect(steps.allSatisfy { $0.duration > .zero })
    for step in steps where step.work.operations > 0 {
      // Tiles take a quarter at the least, and an edge or a vector may be filled up: with a single
      // column two whole ones, of four bytes each.
      let part = Double(step.work.executed) / Double(step.work.operations)
      #expect((0.25...128).contains(part), "\(step.work)")
    }
  }

  @Test func `tiles and vectors show in what is executed`() throws {
    let kernels = try #require(KernelTable.all.first)
    let plan = try Plan(try Sample.model(Sample.compact), kernels: kernels)
    let batch = Batch(plan, imageCount: 1)
    _ = batch.run(images: [0], profiles: true)
    let works = batch.times.map(\.work)
    let tiled = works.filter { $0.name.hasSuffix("in tiles") }
    #expect(!tiled.isEmpty)
    #expect(tiled.allSatisfy { $0.executed < $0.operations })
    let dense = try #require(works.last)
    #expect(dense.name.hasPrefix("dense ") && dense.name.hasSuffix(" → 10"))
    #expect(dense.executed * 10 == dense.operations * 12)
  }
}
