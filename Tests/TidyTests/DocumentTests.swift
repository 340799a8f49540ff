import Foundation
import Testing

@Test func `the documents show the example as it is compiled`() throws {
  let example = try #require(SourceTree.File("Examples/read-digits/main.swift"))
  let library = try #require(SourceTree.File("Docs/library.md"))
  #expect(library.text.contains("```swift\n\(example.text)```"))
}

@Test func `every document is linked from the README`() throws {
  let readme = try #require(SourceTree.File("README.md"))
  let documents = SourceTree.files(in: ["Docs"], extensions: ["md"])
  #expect(!documents.isEmpty)
  for document in documents {
    #expect(readme.text.contains("](\(document.path))"), "\(document.path) is not")
  }
}

@Test(arguments: SourceTree.documents)
func `a link within the repository leads to what is there`(document: SourceTree.File) {
  let folder = URL(filePath: "\(SourceTree.root)/\(document.path)").deletingLastPathComponent()
  for link in document.text.matches(of: /\]\(([^)\s]+)\)/).map(\.1) where !link.contains("://") {
    let parts = link.split(separator: "#", omittingEmptySubsequences: false)
    let target =
      parts[0].isEmpty ? URL(filePath: document.path) : folder.appending(path: parts[0])
    let isThere = FileManager.default.fileExists(atPath: target.standardizedFileURL.path)
    #expect(isThere || parts[0].isEmpty, "\(document.path) links to \(link)")
    guard isThere, parts.count == 2 else { continue }
    let text = try? String(contentsOf: target, encoding: .utf8)
    #expect(
      text.map(anchors)?.contains(String(parts[1])) == true, "\(document.path) links to \(link)")
  }
}

/// The names that a document's headings have in links, as GitHub makes them.
private func anchors(_ text: String) -> [String] {
  text.split(separator: "\n").filter { $0.hasPrefix("#") }.map { heading in
    heading.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces).lowercased()
      .filter { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == " " }
      .replacing(" ", with: "-")
  }
}
