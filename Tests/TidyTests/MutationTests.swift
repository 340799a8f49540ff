import Foundation
import Testing

/// `./dev mutate` over an invented list, or the real one where none is given.
private func check(list: String? = nil) throws -> (status: Int32, text: String) {
  let process = Process()
  let output = Pipe()
  process.executableURL = URL(filePath: "\(SourceTree.root)/.dev/mutate.sh")
  process.currentDirectoryURL = URL(filePath: SourceTree.root)
  process.arguments = ["--check"]
  let folder = FileManager.default.temporaryDirectory.appending(
    path: "digits-faults-\(UUID().uuidString)")
  defer { try? FileManager.default.removeItem(at: folder) }
  if let list {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(list.utf8).write(to: folder.appending(path: "invented.txt"))
    process.arguments? += ["--list", folder.path]
  }
  process.standardOutput = output
  process.standardError = output
  try process.run()
  let text = output.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return (process.terminationStatus, String(decoding: text, as: UTF8.self))
}

/// A list of one fault in Package.swift.
private func fault(before: String, file: String = "Package.swift") -> String {
  """
  # Invented.
  The package has another name.
    file    \(file)
    before  \(before)
    after   name: "Others",
    tests   TidyTests

  """
}

struct MutationTests {
  @Test func `every listed fault can be put in`() throws {
    let (status, text) = try check()
    #expect(status == 0, "\(text)")
  }

  @Test func `a fault whose line is there once can be put in`() throws {
    let (status, text) = try check(list: fault(before: #"name: "Digits","#))
    #expect(status == 0 && text == "Faults that can be put in: 1\n")
  }

  @Test(arguments: [
    (#"name: "Digitz","#, "Package.swift", "found it 0 times"),
    ("name: ", "Package.swift", "expected 'name: ' once in Package.swift, found it "),
    ("x", "Packages.swift", "Packages.swift is not there"),
    ("", "Package.swift", "found it 0 times"),
  ])
  func `a fault that no longer fits the code is stale`(
    before: String, file: String, reason: String
  ) throws {
    let (status, text) = try check(list: fault(before: before, file: file))
    #expect(status == 1)
    #expect(text.hasPrefix("stale: The package has another name. (") && text.contains(reason))
  }

  @Test(arguments: [
    ("  file    Package.swift\n", "expected a sentence before"),
    ("A fault.\n  before  x\n", "expected file, before, after and tests, in this order"),
    ("A fault.\n  file    x\nAnother.\n", "expected file, before, after and tests of the fault"),
    ("A fault.\n  line    3\n", "expected file, before, after or tests, got 'line'"),
    ("# Nothing.\n", "expected lists of faults in "),
  ])
  func `a list that cannot be read is refused`(list: String, reason: String) throws {
    let (status, text) = try check(list: list)
    #expect(status == 2 && text.contains(reason), "\(text)")
  }
}
