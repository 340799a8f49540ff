/// What was found in pictures, as the lines of `--csv` (RFC 4180, with line feeds alone).
enum PictureTable {
  static let header =
    "file,place,label,probability,sure,not_a_digit,runner_up,runner_up_probability,"
    + "left,top,right,bottom,error"

  /// A line for each digit, and for each box; one without either where there is none.
  static func lines(_ answer: PictureAnswer) -> [String] {
    let places: [(box: [Int], digit: PictureAnswer.Digit?)] =
      if let boxes = answer.boxes {
        boxes.map { box in (box.box, box.digitIndex.map { answer.digits[$0] }) }
      } else {
        answer.digits.map { ($0.box, $0) }
      }
    guard !places.isEmpty else {
      return [line([answer.file] + blank(11) + [answer.error ?? ""])]
    }
    return places.enumerated().map { place, found in
      let cells = found.digit.map(cells) ?? blank(6)
      let bounds = (found.digit?.box ?? found.box).map { String($0) }
      return line([answer.file, String(place)] + cells + bounds + [""])
    }
  }

  private static func cells(_ digit: PictureAnswer.Digit) -> [String] {
    [
      digit.name, String(digit.probability), String(digit.sure), String(digit.notADigit),
      digit.runnerUpName, String(digit.runnerUpProbability),
    ]
  }

  private static func blank(_ count: Int) -> [String] { [String](repeating: "", count: count) }

  private static func line(_ fields: [String]) -> String {
    fields.map(quoted).joined(separator: ",")
  }

  private static func quoted(_ field: String) -> String {
    let isPlain = !field.utf8.contains { [0x22, 0x2c, 0x0a, 0x0d].contains($0) }
    return isPlain ? field : "\"\(field.replacing("\"", with: "\"\""))\""
  }
}
