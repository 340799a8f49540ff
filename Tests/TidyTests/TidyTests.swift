import Testing

@Test func `the source tree is found`() {
  #expect(SourceTree.swift.count > 20)
  #expect(SourceTree.all.count > SourceTree.swift.count)
}

@Test(arguments: SourceTree.swift)
func `a file has at most 400 lines of at most 100 columns`(file: SourceTree.File) {
  #expect(file.lines.count <= 401)
  for (index, line) in file.lines.enumerated() where line.unicodeScalars.count > 100 {
    Issue.record("\(file.path):\(index + 1) has \(line.unicodeScalars.count) columns")
  }
}

@Test(arguments: SourceTree.all)
func `a file ends with one newline and no line with a space`(file: SourceTree.File) {
  #expect(file.text.hasSuffix("\n") && !file.text.hasSuffix("\n\n"))
  // Markdown breaks a line by two spaces at its end.
  guard !file.name.hasSuffix(".md") else { return }
  for (index, line) in file.lines.enumerated() where line.last?.isWhitespace == true {
    Issue.record("\(file.path):\(index + 1) ends with white space")
  }
}

@Test(arguments: SourceTree.all)
func `nothing is left to be done later`(file: SourceTree.File) {
  // Written in two parts, so that this file does not find itself.
  for mark in ["TO" + "DO", "FIX" + "ME", "X" + "XX"] {
    #expect(!file.text.contains(mark), "\(file.path) has \(mark)")
  }
}

@Test(arguments: SourceTree.swift)
func `names say what a thing is`(file: SourceTree.File) {
  for word in ["Manager", "Helper", "Util", "Common", "Impl"] {
    #expect(!file.name.hasPrefix(word) && !file.name.contains("\(word)."), "\(file.path)")
  }
  let declaration =
    /\b(?:struct|class|enum|protocol|actor|typealias|func|extension)\s+([A-Za-z_0-9]+)/
  for match in file.text.matches(of: declaration) {
    let banned = /(Manager|Helper|Utils?|Utilities|Common|Impl)($|[A-Z])/
    let name = String(match.1)
    #expect(name.firstMatch(of: banned) == nil, "\(file.path) declares \(name)")
  }
}

@Test(arguments: SourceTree.swift)
func `tests see what the package sees`(file: SourceTree.File) {
  // A testable import asks for other flags than a release build: everything is built twice.
  #expect(!file.text.contains("@test" + "able"))
}
