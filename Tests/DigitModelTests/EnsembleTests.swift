import DigitModel
import Testing

@Suite struct EnsembleTests {
  @Test func `an ensemble gives the mean of its members`() throws {
    let members = try [Sample.compact, Sample.conditioned, Sample.mlp].map(Sample.model)
    let ensemble = Model(name: "three", meanOf: members)
    try ensemble.validate()
    let pixels = Sample.pixels(images: 3)
    let each = try members.map { try Plan($0).classify(pixels) }
    let mean = each[0].indices.map { index in each.reduce(0) { $0 + $1[index] } / 3 }
    let got = try Plan(ensemble).classify(pixels)
    #expect(zip(got, mean).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(ensemble.memberModels.map(\.tensors) == members.map(\.tensors))
  }

  @Test func `an ensemble of one is its member to the bit`() throws {
    let member = try Sample.model(Sample.cnn)
    let pixels = Sample.pixels(images: 5)
    let ensemble = Model(name: "alone", meanOf: [member])
    #expect(try Plan(ensemble).classify(pixels) == Plan(member).classify(pixels))
  }

  @Test func `what makes no ensemble is refused`() throws {
    var mixed = Sample.ensemble
    mixed.layers = [.flatten]
    #expect(throws: NetworkError.members(.layers)) { try mixed.check() }
    let nested = Network(name: "nested", meanOf: [Sample.ensemble])
    #expect(throws: NetworkError.members(.tooMany)) { try nested.check() }
    let many = Network(name: "many", meanOf: Array(repeating: Sample.mlp, count: 17))
    #expect(throws: NetworkError.members(.tooMany)) { try many.check() }
    // Three classes beside ten.
    let outputs = Network(name: "outputs", meanOf: [Sample.mlp, Sample.unfused])
    #expect(throws: NetworkError.members(.outputs)) { try outputs.check() }
    var cropped = Sample.mlp
    cropped.input.width = 20
    let inputs = Network(name: "inputs", meanOf: [Sample.mlp, cropped])
    #expect(throws: NetworkError.members(.inputs)) { try inputs.check() }
    var hollow = Sample.mlp
    hollow.layers = []
    let broken = Network(name: "broken", meanOf: [Sample.mlp, hollow])
    #expect(throws: NetworkError.member(index: 1, .layerCount(0))) { try broken.check() }
  }

  @Test func `a member's tensor under another's name is refused`() throws {
    var model = try Sample.model(Sample.ensemble)
    let bias = model.tensors.removeValue(forKey: "members.2.layers.1.bias")
    #expect(throws: ModelError.self) { try model.validate() }
    model.tensors["members.3.layers.1.bias"] = bias
    #expect(throws: ModelError.self) { try model.validate() }
  }
}
