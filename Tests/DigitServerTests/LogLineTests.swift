import DigitServer
import Foundation
import Testing

struct LogLineTests {
  private let time = Date(timeIntervalSince1970: 1_700_000_000.25)

  private func line(_ fields: [LogLine.Field], as format: Log.Format) -> String {
    LogLine(.warning, "an event", fields, at: time).text(as: format)
  }

  @Test func `text has the time, the level, the event and each field`() {
    #expect(
      line([("count", 3), ("why", "two words"), ("empty", "")], as: .text)
        == "2023-11-14T22:13:20.250Z WARNING an event count=3 why=\"two words\" empty=\"\"\n")
  }

  @Test func `JSON has the same fields, and numbers and truths as such`() throws {
    let text = line(
      [("count", UInt64.max), ("less", Int32(-3)), ("share", 0.5), ("is", true), ("n", "7")],
      as: .json)
    #expect(
      text == #"{"time":"2023-11-14T22:13:20.250Z","level":"WARNING","event":"an event","#
        + #""count":18446744073709551615,"less":-3,"share":0.5,"is":true,"n":"7"}"# + "\n")
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func `a number that JSON has no word for is a text`(number: Double) throws {
    #expect(try decoded([("x", number)])["x"] as? String == "\(number)")
  }

  @Test(arguments: [
    "plain", "", "two words", "a=b", "\"quoted\"", "back\\slash", "\n\r\t\u{0}\u{1B}[31m",
    "\u{7F}\u{9B}31m", "ü 手 🙂",
  ])
  func `a value stays on its line and holds no control character`(value: String) throws {
    for format in [Log.Format.text, .json] {
      let text = line([("value", value)], as: format)
      #expect(text.hasSuffix("\n"))
      let controls = text.dropLast().unicodeScalars.filter {
        $0.value < 0x20 || (0x7F...0x9F).contains($0.value)
      }
      #expect(controls.isEmpty, "\(format): \(text.debugDescription)")
    }
    #expect(try decoded([("value", value)])["value"] as? String == value)
  }

  private func decoded(_ fields: [LogLine.Field]) throws -> [String: Any] {
    let text = line(fields, as: .json)
    return try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func `a sample of one takes all, of nothing none, of a quarter a quarter`() {
    var generator = SystemRandomNumberGenerator()
    let (all, none) = (RequestSample(fraction: 1), RequestSample(fraction: 0))
    #expect((0..<1_000).allSatisfy { _ in all.takes(using: &generator) })
    #expect((0..<1_000).allSatisfy { _ in !none.takes(using: &generator) })
    var steps = Steps()
    let quarter = RequestSample(fraction: 0.25)
    #expect((0..<16).filter { _ in quarter.takes(using: &steps) } == [0, 1, 2, 3])
  }

  /// Each sixteenth of all numbers in turn.
  private struct Steps: RandomNumberGenerator {
    private var step: UInt64 = 0

    mutating func next() -> UInt64 {
      defer { step += 1 }
      return step << 60
    }
  }
}
