import Testing

@Test func `every decision is linked from the architecture`() throws {
  let architecture = try #require(SourceTree.File("Sources/ARCHITECTURE.md"))
  let decisions = SourceTree.files(in: ["Sources/Decisions"], extensions: ["md"])
  #expect(!decisions.isEmpty)
  for decision in decisions {
    #expect(
      architecture.text.contains("](Decisions/\(decision.name))"), "\(decision.name) is not")
  }
}
