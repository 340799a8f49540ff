import Foundation

/// One line of the log: what it says, and how each format writes it.
package struct LogLine {
  package typealias Field = (key: String, value: any CustomStringConvertible)

  private let time: Date
  private let level: Log.Level
  private let event: String
  private let fields: [Field]

  package init(_ level: Log.Level, _ event: String, _ fields: [Field], at time: Date = .now) {
    self.time = time
    self.level = level
    self.event = event
    self.fields = fields
  }

  /// The whole line with its newline.
  package func text(as format: Log.Format) -> String {
    switch format {
    case .text: plain
    case .json: json
    }
  }

  private var timeText: String {
    time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }

  /// `time LEVEL event key=value …`
  private var plain: String {
    var line = "\(timeText) \(level.name) \(event)"
    for field in fields { line += " \(field.key)=\(quoted(field.value.description))" }
    return line + "\n"
  }

  /// `{"time":…,"level":…,"event":…,key:value,…}`; numbers and truths are such in JSON.
  private var json: String {
    var line = "{\"time\":\"\(timeText)\",\"level\":\"\(level.name)\",\"event\":"
    appendJSON(event, to: &line)
    for field in fields {
      line += ","
      appendJSON(field.key, to: &line)
      line += ":"
      switch field.value {
      case let number as any BinaryInteger: line += number.description
      case let truth as Bool: line += truth.description
      case let number as Double where number.isFinite: line += number.description
      default: appendJSON(field.value.description, to: &line)
      }
    }
    return line + "}\n"
  }
}

private func quoted(_ value: String) -> String {
  let isPlain =
    !value.isEmpty
    && value.unicodeScalars.allSatisfy { $0 != " " && $0 != "\"" && !isControl($0) }
  guard !isPlain else { return value }
  var text = "\""
  for scalar in value.unicodeScalars {
    switch scalar {
    case "\"", "\\": text += "\\\(scalar)"
    case "\n": text += "\\n"
    case _ where isControl(scalar): text += "\\x" + String(scalar.value, radix: 16)
    default: text.unicodeScalars.append(scalar)
    }
  }
  return text + "\""
}

/// A JSON string (RFC 8259, section 7) that holds nothing a terminal would act on.
private func appendJSON(_ value: String, to line: inout String) {
  line += "\""
  for scalar in value.unicodeScalars {
    switch scalar {
    case "\"", "\\": line += "\\\(scalar)"
    case "\n": line += "\\n"
    case _ where isControl(scalar):
      let digits = String(scalar.value, radix: 16)
      line += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: line.unicodeScalars.append(scalar)
    }
  }
  line += "\""
}

/// C0, DEL and C1.
private func isControl(_ scalar: Unicode.Scalar) -> Bool {
  scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
}
