/// Escaped for HTML and XML; control characters are escaped as on a terminal.
package func markupEscaped(_ text: String) -> String {
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
