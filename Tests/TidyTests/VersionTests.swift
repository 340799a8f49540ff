import Testing

@Test func `every file that names the product's version names the same`() throws {
  let source = try #require(SourceTree.File("Sources/ProgramShell/ProductVersion.swift"))
  let version = try #require(source.text.firstMatch(of: /"(\d+\.\d+\.\d+)"/)).1
  let changes = try #require(SourceTree.File("CHANGES.md"))
  #expect(changes.text.firstMatch(of: /\n## (.*)\n/)?.1 == version)
  let python = try #require(SourceTree.File("Protocol/clients/python/pyproject.toml"))
  #expect(python.text.firstMatch(of: /\nversion = "(.*)"\n/)?.1 == version)
}
