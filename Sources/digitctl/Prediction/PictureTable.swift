/// What was found in pictures, as the lines of `--csv` (RFC 4180, with line feeds alone).
enum PictureTable {
  static let header =
    "file,place,label,probability,sure,not_a_digit,runner_up,runner_up_probability,"
    + "left,top,right,bottom,error"

  /// A line for each digit; one without a digit where there is none.
  static func lines(_ answer: PictureAnswer) -> [String] {
    guard !answer.digits.isEmpty else {
      let empty = [String](repeating: "", count: 11)
      return [line([answer.file] + empty + [answer.error ?? ""])]
    }
    return answer.digits.enumerated().map { place, digit in
      line(
        [
          answer.file, String(place), digit.name, String(digit.probability), String(digit.sure),
          String(digit.notADigit), digit.runnerUpName, String(digit.runnerUpProbability),
        ] + digit.box.map { String($0) } + [""])
    }
  }

  private static func line(_ fields: [String]) -> String {
    fields.map(quoted).joined(separator: ",")
  }

  private static func quoted(_ field: String) -> String {
    let isPlain = !field.utf8.contains { [0x22, 0x2c, 0x0a, 0x0d].contains($0) }
    return isPlain ? field : "\"\(field.replacing("\"", with: "\"\""))\""
  }
}
