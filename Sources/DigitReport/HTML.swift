import Foundation
import PlainText

/// Escaped for HTML; control characters are escaped as on a terminal.
func htmlEscaped(_ text: String) -> String {
  text.escaped.unicodeScalars.map { scalar in
    switch scalar {
    case "&": "&amp;"
    case "<": "&lt;"
    case ">": "&gt;"
    case "\"": "&quot;"
    case "'": "&#39;"
    default: String(scalar)
    }
  }.joined()
}

/// A picture within the page itself.
func image(_ content: Data, type: String, description: String, style: String) -> String {
  "<img class=\"\(style)\" alt=\"\(htmlEscaped(description))\" "
    + "src=\"data:image/\(type);base64,\(content.base64EncodedString())\">"
}

/// A table, its cells as they are.
func htmlTable(names: [String], rows: [[String]], style: String) -> String {
  let line = { (cells: [String], tag: String) in
    "<tr>" + cells.map { "<\(tag)>\(htmlEscaped($0))</\(tag)>" }.joined() + "</tr>\n"
  }
  let head = names.isEmpty ? "" : "<thead>\(line(names, "th"))</thead>\n"
  let body = rows.map { line($0, "td") }.joined()
  return "<table class=\"\(style)\">\n\(head)<tbody>\n\(body)</tbody></table>\n"
}
