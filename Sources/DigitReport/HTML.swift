import Foundation
import PlainText

/// A picture within the page itself.
func image(_ content: Data, type: String, description: String, style: String) -> String {
  "<img class=\"\(style)\" alt=\"\(markupEscaped(description))\" "
    + "src=\"data:image/\(type);base64,\(content.base64EncodedString())\">"
}

/// A table of figures, the first column its rows' names; where it is wider than the window it is
/// scrolled by itself.
func htmlTable(names: [String], rows: [[String]]) -> String {
  let line = { (cells: [String], tag: String) in
    "<tr>" + cells.map { "<\(tag)>\(markupEscaped($0))</\(tag)>" }.joined() + "</tr>\n"
  }
  let body = rows.map { line($0, "td") }.joined()
  return """
    <div class="scroll" tabindex="0" role="region" aria-label="table">
    <table>
    <thead>\(line(names, "th"))</thead>
    <tbody>
    \(body)</tbody></table></div>

    """
}

/// Names and what they stand for: rows of two.
func htmlList(_ rows: [[String]], style: String) -> String {
  let entries = rows.map { "<dt>\(markupEscaped($0[0]))</dt><dd>\(markupEscaped($0[1]))</dd>\n" }
  return "<dl class=\"\(style)\">\n\(entries.joined())</dl>\n"
}

/// Where a report comes from. Lines of the command end between words, not after a hyphen.
func htmlList(_ origin: Origin) -> String {
  let words = origin.command.split(separator: " ").map { "<span>\(markupEscaped("\($0)"))</span>" }
  let row = { (name: String, value: String) in
    "<dt>\(markupEscaped(name))</dt><dd class=\"\(markupEscaped(name))\">\(value)</dd>\n"
  }
  let rows =
    [
      row("date", markupEscaped(origin.date.formatted(.iso8601))),
      row("host", markupEscaped(origin.host)), row("command", words.joined(separator: " ")),
    ] + origin.others.map { row($0[0], markupEscaped($0[1])) }
  return "<dl class=\"origin\">\n\(rows.joined())</dl>\n"
}
