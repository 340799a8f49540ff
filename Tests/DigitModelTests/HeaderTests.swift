import DigitModel
import Testing

/// Headers that a hostile or broken writer could make, each over 8 bytes of tensors.
@Suite struct HeaderTests {
  @Test(
    arguments: [
      (#"{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,8]}}"#, .type("a", got: "F16")),
      (
        #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#,
        .length("a", expected: 12, got: 8)
      ),
      (
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,9]}}"#,
        .range("a", 0, 9, available: 8)
      ),
      (
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#,
        .range("a", 8, 0, available: 8)
      ),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, .hole(before: "a", at: 0)),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, .trailing(4)),
      (
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"#
          + #""b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
        .overlap("b", at: 4)
      ),
      (
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"#
          + #""a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
        .repeated("a")
      ),
      (
        #"{"a":{"dtype":"F32","shape":[99999999,99999999],"data_offsets":[0,8]}}"#,
        .shape("a", [99_999_999, 99_999_999])
      ),
      (#"{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,2],"data_offsets":[0,8]}}"#, .rank),
      (#"{"a":{"dtype":"F32","shape":[2]}}"#, .incomplete("a")),
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":[]}}"#, .repeated("a.x")),
      (
        #"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#,
        .syntax("an integer", at: 29)
      ),
      (#"{"__metadata__":{"k":1}}"#, .syntax("“\"”", at: 21)),
      (#"{"__metadata__":{"k":"\ud800"}}"#, .syntax("valid Unicode", at: 29)),
      (#"{"__metadata__":{}} x"#, .syntax("the end", at: 20)),
      (#"{"a"#, .syntax("the end of a string", at: 3)),
      ("", .syntax("“{”", at: 0)),
    ] as [(String, HeaderProblem)])
  func `a bad header is refused with what was expected`(json: String, problem: HeaderProblem) {
    let error = #expect(throws: ModelFileError.Reason.self) {
      try Model(safetensors: file(json))
    }
    guard case .header(let got) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(got == problem)
  }

  @Test func `a header longer than its file is refused before it is read`() {
    for length in [UInt64.max, 1 << 40, 17] {
      let error = #expect(throws: ModelFileError.Reason.self) {
        try Model(safetensors: file("{}", claimedLength: length))
      }
      guard case .foreign = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test func `a file without an architecture says so`() {
    for json in [#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#] {
      let error = #expect(throws: ModelFileError.Reason.self) {
        try Model(safetensors: file(json))
      }
      #expect(error?.description.contains("has no “architecture”") == true)
    }
  }

  private func file(_ json: String, claimedLength: UInt64? = nil) -> [UInt8] {
    let length = claimedLength ?? UInt64(json.utf8.count)
    return withUnsafeBytes(of: length.littleEndian, Array.init) + Array(json.utf8)
      + Array(repeating: 0, count: 8)
  }
}
