import CJSON
import Testing

struct DocumentTests {
  @Test(
    arguments: [
      ("", .empty), (" \n", .empty), ("{", .structure), ("[1,]", .structure), ("1 2", .structure),
      (#"{"a":1,}"#, .structure), ("{1:2}", .structure), ("tru", .literal), ("nul", .literal),
      ("NaN", .structure), ("[NaN]", .structure), ("Infinity", .structure), ("[1e999]", .number),
      ("[01]", .number), ("[1.]", .number), ("[-]", .number), ("[+1]", .structure),
      (#""\x""#, .string), (#"["a]"#, .string), ("\"a\u{1}\"", .string),
      (#""\ud800""#, .string), ("\u{feff}1", .structure),
    ] as [(String, digits_json_problem)])
  func `what is no JSON is refused`(text: String, problem: digits_json_problem) {
    let document = Text(text)
    #expect(!document.isRead)
    #expect(document.problem == problem)
  }

  @Test func `bytes that are no UTF-8 are refused`() {
    #expect(Text([0x22, 0xff, 0x22]).problem == .encoding)
  }

  @Test(arguments: [(4, true), (5, false), (10_000, false)])
  func `a document may be so deep and no deeper`(depth: Int, isRead: Bool) {
    let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    let document = Text(text, depthMax: 4)
    #expect(document.isRead == isRead)
    #expect(isRead || document.problem == .depth)
  }

  @Test(
    arguments: [
      ("null", .null), ("true", .bool), ("-0.5", .number), ("18446744073709551615", .number),
      (#""""#, .string), ("[]", .array), ("{}", .object),
    ] as [(String, digits_json_kind)])
  func `every kind of value is told`(text: String, kind: digits_json_kind) {
    let document = Text(text)
    #expect(document.read(digits_json_kind_of) == kind)
  }

  @Test func `a member is found by its key, and counted`() {
    let document = Text(#"{"a":{"b":1},"b":2,"c":3,"b":4,"é\u0000":5}"#)
    #expect(document.member("a").count == 1)
    #expect(document.member("b").count == 2)
    #expect(document.member("b").number == 2)
    #expect(document.member("d").count == 0)
    #expect(document.member("é\0").number == 5)
    var keys = [digits_json_text](repeating: digits_json_text(), count: 2)
    #expect(document.read { digits_json_keys($0, &keys, 2) } == 5)
    #expect(document.read { _ in keys.map(string) } == ["a", "b"])
  }

  @Test func `what is no object has no members, and what is no array no elements`() {
    for text in ["1", "null", #""a""#, "[]"] {
      let document = Text(text)
      #expect(document.member("a").count == 0)
      #expect(document.read { digits_json_keys($0, nil, 0) } == 0)
      #expect(document.read { digits_json_elements($0, nil, 0) } == 0)
    }
  }

  @Test func `the first elements are written, and all are counted`() {
    let document = Text(#"[1,"two",[3],4]"#)
    var elements = [digits_json_value](repeating: digits_json_value(), count: 2)
    #expect(document.read { digits_json_elements($0, &elements, 2) } == 4)
    #expect(document.read { _ in digits_json_number(elements[0]) } == 1)
    #expect(document.read { _ in string(digits_json_string(elements[1])) } == "two")
  }

  @Test(
    arguments: [
      ("7", 7), ("-9223372036854775808", Int64.min), ("9223372036854775808", nil), ("7.0", nil),
      ("1e2", nil), ("true", nil), (#""7""#, nil),
    ] as [(String, Int64?)])
  func `a whole number is told from others`(text: String, integer: Int64?) {
    var got: Int64 = 0
    let document = Text(text)
    let isInteger = document.read { digits_json_integer($0, &got) }
    #expect((isInteger ? got : nil) == integer)
  }

  @Test func `plain values of another kind are none`() {
    let document = Text("[1]")
    #expect(document.read(digits_json_number).isNaN)
    #expect(document.read { digits_json_string($0).byte_count } == 0)
    #expect(!document.read(digits_json_bool))
    #expect(!Text("1").read(digits_json_bool))
    #expect(Text("true").read(digits_json_bool))
  }
}
