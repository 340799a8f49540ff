import Arguments
import ConfigurationFile
import Testing

@Suite struct ConfigurationTextTests {
  private func parse(_ text: String) -> ConfigurationText {
    ConfigurationText(json: Array(text.utf8))
  }

  private func shown(_ setting: ConfigurationText.Setting) -> String {
    let values = setting.values.map { "\($0.text)@\($0.place)" }.joined(separator: " ")
    return "\(setting.place) \(setting.key) = \(values)"
  }

  private func shown(_ text: ConfigurationText) -> [String] {
    text.mistakes.map { "\($0.place): \($0.message)" }
  }

  @Test func `settings keep their places, and numbers as they are written`() {
    let text = parse("{ \"a\": 1.50,\n\n \"bé\" : [true, \"x\"\n, -2e3 ], \"c\":[] }\n")
    #expect(text.mistakes.isEmpty)
    #expect(
      text.settings.map(shown) == [
        "1:3 a = 1.50@1:8", "3:2 bé = true@3:10 x@3:16 -2e3@4:3", "4:11 c = ",
      ])
  }

  @Test(arguments: [
    (#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"), (#"\u00e9\u20AC"#, "é€"),
    (#"\ud83d\ude00"#, "😀"), ("ü", "ü"),
  ])
  func `escapes are what JSON says`(written: String, meant: String) {
    #expect(parse("{\"a\": \"\(written)\"}").settings.first?.values.first?.text == meant)
  }

  private static let broken = [
    ("", "1:1: expected an object of settings: {, got the end of the file"),
    ("[]", "1:1: expected an object of settings: {, got '['"),
    ("7", "1:1: expected an object of settings: {, got '7'"),
    (
      "{\n\"a\" 1}",
      "2:5: expected a comma, a colon or }, and nothing behind the last }, got '1'"
    ),
    ("{a: 1}", "1:2: expected the name of a setting in quotes, or }, got 'a'"),
    ("{\"a\": 1,}", "1:9: expected the name of another setting in quotes, got '}'"),
    ("{\"a\": [1,]}", "1:10: expected another value, got ']'"),
    (
      "{\"a\": 1\n\"b\": 2}",
      "2:1: expected a comma, a colon or }, and nothing behind the last }, got '\"'"
    ),
    ("{\"a\": [1 2]}", "1:10: expected a comma or ], got '2'"),
    ("{\"a\": 01}", "1:7: expected a number of JSON's within 64 bits, got '01'"),
    ("{\"a\": 1.}", "1:7: expected a number of JSON's within 64 bits, got '1.'"),
    (
      "{\"a\": yes}",
      "1:7: expected text in quotes, a number, true, false or a list of these, got 'yes'"
    ),
    ("{\"a\": tru}", "1:7: expected true or false, got 'tru'"),
    (
      "{\"a\": 1,\n \"b\": \"x\ny\"}",
      "2:9: expected the text to end with a quote, got the end of the line"
    ),
    ("{\"a\": \"x", "1:7: expected the text to end with a quote, got the end of the file"),
    (
      "{} {}", "1:4: expected a comma, a colon or }, and nothing behind the last }, got '{'"
    ),
    ("{\"a\": [[[", "1:10: expected a value, or ], got the end of the file"),
    (
      "{\n  // no\n  \"a\": 1}",
      "2:3: expected the name of a setting in quotes, or }, got '/'; JSON has no comments"
    ),
  ]

  @Test(arguments: broken)
  func `what is no such file is told with its place`(text: String, complaint: String) {
    #expect(shown(parse(text)) == [complaint])
  }

  @Test(arguments: [(#"{"a": "\q"}"#, 11), (#"{"a": "\ud83d"}"#, 15)])
  func `an escape that is none is told`(text: String, column: Int) {
    let mistakes = shown(parse(text))
    #expect(mistakes.count == 1)
    #expect(mistakes[0].hasPrefix("1:\(column): expected an escape of JSON's"), "\(mistakes)")
  }

  @Test func `bytes that are not UTF-8 are told with their place`() {
    let text = ConfigurationText(json: Array("{\n\"aé\": \"".utf8) + [0xff] + Array("\"}".utf8))
    #expect(shown(text) == ["2:8: expected UTF-8, got another byte"])
  }

  @Test func `what no setting can be is passed over, and the rest is read`() {
    let text = parse(
      "{\"a\": null,\n\"b\": {\"c\": [\"]\", {}]},\n\"d\": [1, [2]],\n\"e\": 5,\n\"e\": 6}")
    let kinds = "text in quotes, a number, true, false or a list of these"
    #expect(
      shown(text) == [
        "1:7: expected 'a' to be \(kinds), got null",
        "2:6: expected 'b' to be \(kinds), got an object",
        "3:10: expected 'd' to be \(kinds), got a list in a list",
        "5:1: expected 'e' once, got it again: it stands at 4:1",
      ])
    #expect(text.settings.map(shown) == ["4:1 e = 5@4:6"])
  }

  @Test func `a text cut short anywhere is a mistake`() {
    let text = Array(#"{"a": ["x", 1.5e3, true], "b": "\u00e9"}"#.utf8)
    for count in 0..<text.count {
      #expect(!ConfigurationText(json: Array(text.prefix(count))).mistakes.isEmpty, "\(count)")
    }
  }

  @Test func `nesting however deep takes no stack`() {
    let text = Array("{\"a\": ".utf8) + [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
    #expect(ConfigurationText(json: text).mistakes.count == 1)
  }

  @Test func `a file of many settings in one line is read at once`() {
    let text = "{" + (0..<40_000).map { "\"a\($0)\": \($0)" }.joined(separator: ", ") + "}"
    #expect(parse(text).settings.count == 40_000)
  }
}
