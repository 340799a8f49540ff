import DigitModel
import DigitServer
import EventLoop
import Foundation
import Testing

/// What is loaded when a server starts, and what refuses to.
@Suite struct ModelRepositoryTests {
  private let folder: ModelFolder

  init() throws {
    folder = try ModelFolder()
    try folder.write("beta.safetensors")
    try folder.write("alpha/1/model.safetensors")
    try folder.write("alpha/2/model.safetensors", units: 9)
    try Data().write(to: folder.url.appending(path: "beta.json"))
  }

  @Test func `models are known by name before they are loaded, and come in that order`() throws {
    let repository = try folder.repository()
    #expect(repository.modelNames == ["alpha", "beta"])
    let served = try repository.load()
    #expect(served.models.map(\.name) == ["alpha", "alpha", "beta"])
    #expect(served.models.map(\.version) == [1, 2, 1])
    #expect(served.models.allSatisfy { $0.precision == .float32 })
  }

  @Test func `a model that is not calibrated for its precision is named, and what to do`() throws {
    let expected = ModelLoadError.notCalibrated(
      file: folder.path("beta.safetensors"), model: "beta", precision: .int8)
    #expect(throws: expected) { try self.folder.repository(precisions: ["beta=int8"]).load() }
    #expect(
      expected.description == """
        cannot serve '\(folder.path("beta.safetensors"))' in int8: it is not calibrated for that; \
        calibrate it with 'digitlab calibrate', or serve it in f32 with --precision beta=f32
        """)
    // Only the rule that counts for a model decides.
    let rules = ["alpha=f32", "int8", "beta=int8", "beta=f32"]
    #expect(throws: Never.self) { try self.folder.repository(precisions: rules).load() }
  }

  @Test func `a folder that is none is told apart from one that is not there`() throws {
    let cases = [
      (
        folder.path("beta.json"),
        "expected a folder, got a file; name the folder that holds it with --models"
      ),
      (folder.path + "/none", "there is none; name another with --models"),
    ]
    for (path, reason) in cases {
      let configuration = ModelRepository.Configuration(directory: path, imagesPerBatchMax: 4)
      #expect(throws: ModelLoadError.unreadable(directory: path, reason: reason)) {
        try ModelRepository(configuration, log: Log(level: .error) { _ in })
      }
    }
    let empty = try ModelFolder()
    #expect(throws: ModelLoadError.empty(directory: empty.path)) { try empty.repository() }
  }

  @Test func `a card beside the weights tells their accuracy`() throws {
    try folder.writeCard(of: "beta.safetensors", accuracy: 0.75)
    let facts = try folder.repository().load().models[2].facts
    #expect(facts.accuracy == 0.75)
    #expect(
      facts.byteCount
        == FileManager.default.contents(atPath: folder.path("beta.safetensors"))?.count)
    #expect(facts.parameterCount == 784 * 8 + 8 + 8 * 10 + 10)
  }

  @Test func `what is no card tells nothing`() throws {
    try folder.write("{", to: "beta.json")
    #expect(try folder.repository().load().models[2].facts.accuracy == nil)
  }

  @Test func `the card of other weights refuses them`() throws {
    let hash = String(repeating: "0", count: 64)
    try folder.writeCard(of: "beta.safetensors", hash: hash)
    #expect(
      throws: ModelLoadError.wrongChecksum(
        file: folder.path("beta.safetensors"), expected: hash,
        got: try folder.sha256("beta.safetensors"))
    ) { try self.folder.repository().load() }
  }

  @Test func `a self-test refuses a plan that answers otherwise than the card has it`() throws {
    let plan = try Plan(Model(contentsOf: folder.path("beta.safetensors")))
    var record = SelfTest(of: plan, images: [testImage(1), testImage(2)])
    try folder.writeCard(of: "beta.safetensors", selfTest: record)
    #expect(throws: Never.self) { try self.folder.repository().load() }
    let right = record.probabilities[1][3]
    record.probabilities[1][3] += 0.01
    try folder.writeCard(of: "beta.safetensors", selfTest: record)
    #expect(
      throws: ModelLoadError.failedSelfTest(
        file: folder.path("beta.safetensors"),
        reason: "expected probability \(record.probabilities[1][3]) of class 3 for image 1 of the "
          + "card, got \(right)")
    ) { try self.folder.repository().load() }
    record.images[0].removeLast()
    try folder.writeCard(of: "beta.safetensors", selfTest: record)
    #expect(throws: ModelLoadError.self) { try self.folder.repository().load() }
  }

  @Test func `what is refused in the folder refuses the start`() throws {
    try folder.write("alpha.safetensors")
    #expect(
      throws: ModelLoadError.refused(
        directory: folder.path,
        ModelRefusal(
          name: "alpha", version: 1,
          reason: "expected one file for version 1, got alpha.safetensors and "
            + "alpha/1/model.safetensors"))
    ) { try self.folder.repository().load() }
    try folder.remove("alpha.safetensors")
    try folder.write(#"{"aliases":{"alpha":{"canary":3}}}"#, to: "models.json")
    #expect(throws: ModelLoadError.self) { try self.folder.repository().load() }
  }

  @Test func `versions of one name have the same classes`() throws {
    try folder.write("alpha/3/model.safetensors", classes: 7)
    #expect(
      throws: ModelLoadError.refused(
        directory: folder.path,
        ModelRefusal(
          name: "alpha", version: 3,
          reason: "expected 10 classes, as the versions that are served have, got 7: serve it "
            + "under another name"))
    ) { try self.folder.repository().load() }
  }

  @Test func `the command line's default goes before that of the index`() throws {
    try folder.write(
      #"{"default":"beta","aliases":{"alpha":{"default":1,"canary":2}}}"#, to: "models.json")
    let served = try folder.repository().load()
    #expect(served.defaultName == "beta" && served.aliases.count == 2)
    #expect(try folder.repository(defaultName: "alpha").load().defaultName == "alpha")
  }
}
