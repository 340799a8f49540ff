import Foundation
import PlainText
import Testing

@Test(arguments: [
  ("plain, also çà et là: 五 👩‍👧", "plain, also çà et là: 五 👩‍👧"),
  ("\u{1b}[2Jgone", "\\u{1b}[2Jgone"),
  ("two\nlines\r\n", "two\\nlines\\r\\n"),
  ("a\tb\u{7}\u{7f}", "a\\tb\\u{7}\\u{7f}"),
  ("\u{9b}31m", "\\u{9b}31m"),
  ("gpj.\u{202e}exe", "gpj.\\u{202e}exe"),
  ("a\u{2028}b\u{85}c", "a\\u{2028}b\\u{85}c"),
])
func `what a terminal acts on is shown as its escape`(text: String, shown: String) {
  #expect(text.escaped == shown)
  #expect(shown.escaped == shown)
}

@Test func `text of several lines keeps its line ends and tabs, and nothing else`() {
  #expect("a\tb\n\u{1b}c\r\n".escapedLines == "a\tb\n\\u{1b}c\\r\n")
}

@Test func `cells of a table stay in their line, and columns straight`() {
  let rows = [["a\nb", "1"], ["c", "\u{1b}[31m2"]]
  #expect(table(rows) == "a\\nb  1\nc     \\u{1b}[31m2")
  #expect(
    Table(names: ["n", "v"], rows: rows).text
      == "n               v\na\\nb            1\nc     \\u{1b}[31m2\n")
}

@Test func `JSON shows nothing that a terminal acts on, and means the same`() throws {
  let names = ["\u{1b}[2J", "\u{9b}31m\u{7f}", "\u{202e}", "1\n2", "五\u{e0001}"]
  let line = try jsonLine(names)
  let text = String(decoding: line, as: UTF8.self)
  #expect(text.dropLast() == String(text.dropLast()).escaped[...])
  #expect(text.hasSuffix("\n"))
  #expect(try JSONDecoder().decode([String].self, from: line) == names)
}
