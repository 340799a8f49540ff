import Testing

/// What none of our own names is: the standard library and the system.
private let system: Set<String> = [
  "Foundation", "FoundationEssentials", "Synchronization", "Dispatch", "Glibc", "Testing",
  "PackageDescription",
]

/// Targets that import nothing at all, not even Foundation.
private let pure: Set<String> = ["DigitWire", "DigitImage", "Measure", "Arguments"]

/// What a target's files import. Package.swift is the one list of who may import whom, and the
/// package manager itself refuses circles.
private func importedModules(_ target: PackageTarget) -> Set<String> {
  Set(target.sources.flatMap { modules[$0.path, default: []] })
}

/// What each Swift file imports.
private let modules = Dictionary(
  uniqueKeysWithValues: SourceTree.swift.map { file in
    let imports = file.lines.filter { $0.contains("import ") }.compactMap { line in
      line.wholeMatch(of: /\s*(?:@\w+\s+|package\s+|public\s+|private\s+)*import\s+(\w+)/)
    }
    return (file.path, imports.map { String($0.1) })
  })

@Test(arguments: PackageTarget.all)
func `a target imports what it declares, and nothing else`(target: PackageTarget) {
  let ours = importedModules(target).subtracting(system)
  let undeclared = ours.subtracting(target.dependencies)
  #expect(undeclared.isEmpty, "\(target.name) imports \(undeclared.sorted()) without declaring it")
}

@Test(arguments: PackageTarget.all)
func `a target declares what it imports, and nothing else`(target: PackageTarget) {
  // C names its dependencies by their headers.
  guard !target.sources.isEmpty else { return }
  let unused = target.dependencies.subtracting(importedModules(target))
  #expect(unused.isEmpty, "\(target.name) declares \(unused.sorted()) and never imports it")
}

@Test(arguments: pure)
func `a pure target imports nothing of the system`(name: String) throws {
  let target = try #require(PackageTarget.all.first { $0.name == name })
  #expect(importedModules(target).isDisjoint(with: system))
}

@Test func `every Swift file belongs to a target`() {
  let known = Set(PackageTarget.all.flatMap(\.sources).map(\.path))
  for file in SourceTree.swift where !known.contains(file.path) {
    // Built only for fuzzing.
    #expect(file.path.hasPrefix("Tests/Fuzz/Driver/"), "\(file.path) is in no target")
  }
}
