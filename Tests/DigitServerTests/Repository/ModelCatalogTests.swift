import DigitModel
import DigitServer
import Testing

struct ModelCatalogTests {
  private static let plan = TestModels.small.plan

  private func model(_ name: String, _ version: UInt32) -> LoadedModel {
    LoadedModel(
      name: name, version: version, plan: Self.plan,
      cost: ComputeCost(nanosecondsPerBatch: 1, nanosecondsPerImage: 1))
  }

  private func alias(_ model: String, _ alias: String, _ version: UInt32) -> ModelAlias {
    ModelAlias(model: model, alias: alias, version: version)
  }

  @Test func `a name has its versions, and the highest serves requests that name none`() throws {
    let catalog = ModelCatalog(ServedModels([model("a", 3), model("b", 1), model("a", 2)]))
    let name = try #require(catalog.named("a"))
    #expect(name.versions.map(\.version) == [2, 3] && name.chosen.version == 3)
    #expect(name.model(version: 0)?.version == 3 && name.model(version: 2)?.version == 2)
    #expect(name.model(version: 1) == nil)
    #expect(catalog.defaultName.name == "a" && catalog.defaultModel.version == 3)
  }

  @Test func `the alias default chooses the version, and others are names of their own`() throws {
    let catalog = ModelCatalog(
      ServedModels(
        [model("a", 1), model("a", 2)],
        aliases: [alias("a", "default", 1), alias("a", "canary", 2)], defaultName: "a:canary"))
    #expect(catalog.names.map(\.name) == ["a", "a:canary"])
    #expect(catalog.named("a")?.chosen.version == 1)
    let canary = try #require(catalog.named("a:canary"))
    #expect(canary.chosen.version == 2 && canary.versions.map(\.version) == [2])
    #expect(catalog.defaultModel.version == 2)
  }

  @Test func `a handle means one name for ever`() {
    let first = ModelCatalog(ServedModels([model("a", 1), model("b", 1)]))
    #expect(first.names.map(\.handle) == [1, 2])
    let second = ModelCatalog(ServedModels([model("b", 1), model("c", 1)]), after: first)
    #expect(second.names.map(\.handle) == [2, 3])
    #expect(second.name(ofHandle: 1) == nil && second.name(ofHandle: 3)?.name == "c")
    let third = ModelCatalog(ServedModels([model("a", 2)]), after: second)
    #expect(third.name(ofHandle: 1)?.chosen.version == 2)
    for handle: UInt16 in [0, 2, 3, 4, 0xFFFF] { #expect(third.name(ofHandle: handle) == nil) }
  }

  @Test func `what is refused of a model is told with its names`() {
    let catalog = ModelCatalog(
      ServedModels(
        [model("a", 1), model("b", 1)], aliases: [alias("a", "stable", 1)],
        refusals: [
          ModelRefusal(name: "a", version: 2, reason: "cut short"),
          ModelRefusal(name: "a", version: nil, reason: "no alias"),
        ]))
    let problem = "cut short; no alias"
    #expect(catalog.names.map(\.problem) == [problem, nil, problem])
  }
}
