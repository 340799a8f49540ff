import DigitServer
import Testing

struct RepositoryScanTests {
  private func scan(_ paths: String..., index: RepositoryListing.Index = .none) -> RepositoryScan {
    let files = paths.enumerated().map { number, path in
      RepositoryListing.File(
        path, FileStamp(inode: UInt64(number), byteCount: 1, modifiedNanoseconds: 2))
    }
    return RepositoryScan(RepositoryListing(files: files, index: index))
  }

  private func keys(_ scan: RepositoryScan) -> [ModelKey] { scan.sources.map(\.key) }

  @Test func `a file by itself is version 1, and a folder has one for each number`() {
    let found = scan(
      "b.safetensors", "a/10/model.safetensors", "a/9/model.safetensors", "c.d.safetensors")
    #expect(
      keys(found) == [ModelKey("a", 9), ModelKey("a", 10), ModelKey("b", 1), ModelKey("c.d", 1)])
    #expect(found.names == ["a", "b", "c.d"] && found.refusals.isEmpty)
  }

  @Test(arguments: ["01", "0", "-1", "+1", "one", "4294967296", "1.0"])
  func `a folder whose name is no version is refused`(version: String) {
    let found = scan("a/\(version)/model.safetensors", "b.safetensors")
    #expect(keys(found) == [ModelKey("b", 1)])
    #expect(
      found.refusals == [
        ModelRefusal(
          name: "a", version: nil,
          reason: "expected a version from 1 to 4294967295 as the name of the folder in it, "
            + "got '\(version)'")
      ])
  }

  @Test func `two files of one version are refused, and its other versions are not`() {
    let found = scan("a.safetensors", "a/1/model.safetensors", "a/2/model.safetensors")
    #expect(keys(found) == [ModelKey("a", 2)])
    #expect(
      found.refusals == [
        ModelRefusal(
          name: "a", version: 1,
          reason: "expected one file for version 1, got a.safetensors and a/1/model.safetensors")
      ])
  }

  @Test(arguments: [
    (".safetensors", "expected a name of 1 to 64 bytes, got 0"),
    (
      String(repeating: "é", count: 33) + ".safetensors",
      "expected a name of 1 to 64 bytes, got 66"
    ),
    ("a:b.safetensors", "expected a name without ':', which stands before an alias"),
    (
      "models.safetensors",
      "expected another name: models.json is the index, and no model's card"
    ),
  ])
  func `a name that requests cannot have is refused`(path: String, reason: String) {
    let found = scan(path)
    #expect(found.sources.isEmpty && found.refusals.map(\.reason) == [reason])
  }

  @Test func `what is beyond the bounds is refused, and the rest is not`() {
    let files = (10..<75).flatMap { name in
      (1...4).map { version in
        RepositoryListing.File(
          "m\(name)/\(version)/model.safetensors",
          FileStamp(inode: 1, byteCount: 1, modifiedNanoseconds: 1))
      }
    }
    let found = RepositoryScan(RepositoryListing(files: files))
    #expect(found.sources.count == 256 && found.names.count == 64)
    #expect(Set(found.refusals.map(\.name)) == ["m74"])
    let many = RepositoryScan(
      RepositoryListing(
        files: (1...258).map { version in
          RepositoryListing.File(
            "m/\(version)/model.safetensors",
            FileStamp(inode: 1, byteCount: 1, modifiedNanoseconds: 1))
        }))
    #expect(many.sources.count == 256)
    #expect(many.refusals.map(\.version) == [257, 258])
  }

  @Test func `an index that is refused leaves the models`() {
    let found = scan("a.safetensors", index: .content(Array("{".utf8)))
    #expect(keys(found) == [ModelKey("a", 1)] && found.index == nil)
    #expect(found.refusals.map(\.name) == ["models.json"])
    let unreadable = scan("a.safetensors", index: .unreadable("it is a folder"))
    #expect(unreadable.index == nil && unreadable.refusals.map(\.reason) == ["it is a folder"])
  }
}

struct RepositoryIndexTests {
  private func index(_ json: String) throws -> RepositoryIndex {
    try RepositoryIndex(json: Array(json.utf8))
  }

  @Test func `aliases come by model and alias`() throws {
    let found = try index(
      #"{"default":"b","aliases":{"b":{"stable":1,"canary":2},"a":{"default":7}}}"#)
    #expect(found.defaultName == "b")
    #expect(
      found.aliases == [
        ModelAlias(model: "a", alias: "default", version: 7),
        ModelAlias(model: "b", alias: "canary", version: 2),
        ModelAlias(model: "b", alias: "stable", version: 1),
      ])
    #expect(try index("{}") == RepositoryIndex())
  }

  @Test(arguments: [
    ("", "expected JSON, got something else or a part of it"),
    ("[]", "expected an object, got something else"),
    (#"{"alias":{}}"#, "expected the members default and aliases, got 'alias'"),
    (#"{"default":1}"#, "expected a text at 'default', got something else"),
    (#"{"aliases":{"a":1}}"#, "expected an object at 'aliases.a', got something else"),
    (
      #"{"aliases":{"a":{"b":true}}}"#,
      "expected a whole number at 'aliases.a.b', got something else"
    ),
    (#"{"aliases":{"a":{"b":0}}}"#, "expected a version from 1 on as aliases.a.b, got 0"),
    (
      #"{"aliases":{"a":{"b c":1}}}"#,
      "expected aliases of 1 to 32 ASCII characters without spaces, ':' and '/', got 'b c'"
    ),
    (
      #"{"aliases":{"a":{"b:c":1}}}"#,
      "expected aliases of 1 to 32 ASCII characters without spaces, ':' and '/', got 'b:c'"
    ),
  ])
  func `what is no index is refused with what was expected`(json: String, problem: String) {
    #expect(throws: RepositoryIndex.Problem(description: problem)) { try index(json) }
  }

  @Test func `an index has a bound of bytes and of aliases`() {
    let members = (0...64).map { #""a\#($0)":1"# }.joined(separator: ",")
    #expect(
      throws: RepositoryIndex.Problem(description: "expected at most 64 aliases, got 65")
    ) { try index(#"{"aliases":{"m":{\#(members)}}}"#) }
    let long = [UInt8](repeating: 0x20, count: RepositoryIndex.byteCountMax + 1)
    #expect(
      throws: RepositoryIndex.Problem(description: "expected at most 65536 bytes, got 65537")
    ) { try RepositoryIndex(json: long) }
  }
}
