import Arguments
import CJSON

extension ConfigurationText {
  /// Reads a configuration file: one JSON object (RFC 8259) whose keys are settings, and whose
  /// values are text, numbers, true, false, or lists of these.
  ///
  ///     { "listen": ["0.0.0.0:7311", "unix:/run/digitd/socket"],
  ///       "workers": 4,
  ///       "drain_grace": "20s" }
  ///
  /// Numbers stay as they are written. Everything that is wrong is told with its place; the first
  /// thing that is no JSON ends the reading.
  package init(json bytes: [UInt8]) {
    let reader = ConfigurationReader(bytes)
    var offset = 0
    let problem = bytes.withUnsafeBytes { text in
      digits_json_scan(
        text.baseAddress, text.count,
        { context, token in
          Unmanaged<ConfigurationReader>.fromOpaque(context!).takeUnretainedValue()
            .visit(token!.pointee)
        }, Unmanaged.passUnretained(reader).toOpaque(), &offset)
    }
    if problem != .none { reader.fail(problem, at: offset) }
    self = reader.finished()
  }

  /// More is no file that somebody has written.
  package static let byteCountMax = 1 << 16
}

/// Makes settings of the tokens of a file.
private final class ConfigurationReader {
  private let bytes: [UInt8]
  private var places: TextPlaces
  private var text = ConfigurationText()
  private var current: ConfigurationText.Setting?
  private var isUsable = true
  private var isInList = false
  /// Of the settings, by key.
  private var known: [String: ConfigurationText.Place] = [:]

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    places = TextPlaces(bytes)
  }

  func visit(_ token: digits_json_token) {
    switch token.kind {
    case .key:
      endSetting()
      current = ConfigurationText.Setting(
        key: String(token.text), place: places.place(at: token.offset))
      isUsable = true
    case .string, .literal:
      current!.values.append(
        ConfigurationText.Value(text: String(token.text), place: places.place(at: token.offset)))
    case .list: isInList = true
    case .end: isInList = false
    case .other:
      guard isUsable else { return }
      isUsable = false
      add(
        "expected '\(current!.key)' to be text in quotes, a number, true, false or a list of "
          + "these, got \(shown(at: token.offset))", at: token.offset)
    }
  }

  /// - Parameter offset: the number of bytes where the place is not known.
  func fail(_ problem: digits_json_problem, at offset: Int) {
    let (place, message) = JSONFailure(bytes, isInList: isInList).explain(problem, at: offset)
    add(message, at: place)
  }

  func finished() -> ConfigurationText {
    endSetting()
    return text
  }

  private func endSetting() {
    guard let setting = current else { return }
    current = nil
    guard isUsable else { return }
    if let first = known[setting.key] {
      text.mistakes.append(
        ConfigurationText.Mistake(
          place: setting.place,
          message: "expected '\(setting.key)' once, got it again: it stands at \(first)"))
    } else {
      known[setting.key] = setting.place
      text.settings.append(setting)
    }
  }

  private func add(_ message: String, at offset: Int) {
    text.mistakes.append(
      ConfigurationText.Mistake(place: places.place(at: offset), message: message))
  }

  private func shown(at offset: Int) -> String {
    switch bytes[offset] {
    case UInt8(ascii: "{"): "an object"
    case UInt8(ascii: "["): "a list in a list"
    default: "null"
    }
  }
}

/// From offsets to lines and columns; quick where they come in order.
struct TextPlaces {
  private let bytes: [UInt8]
  private var offset = 0
  private var current = ConfigurationText.Place(line: 1, column: 1)

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func place(at wanted: Int) -> ConfigurationText.Place {
    if wanted < offset { (offset, current) = (0, ConfigurationText.Place(line: 1, column: 1)) }
    while offset < min(wanted, bytes.count) {
      if bytes[offset] == UInt8(ascii: "\n") {
        current = ConfigurationText.Place(line: current.line + 1, column: 1)
      } else if !UTF8.isContinuation(bytes[offset]) {
        current.column += 1
      }
      offset += 1
    }
    return current
  }
}

extension String {
  fileprivate init(_ text: digits_json_text) {
    let bytes = UnsafeRawBufferPointer(start: text.bytes, count: text.byte_count)
    self = String(decoding: bytes, as: UTF8.self)
  }
}
