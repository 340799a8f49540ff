import DigitLoad
import Testing

struct TraceFileTests {
  @Test func `offsets are seconds, and what is no offset is passed over`() throws {
    let text = "# a morning\n0\n\n 0.5\n0.5\r\n1e1\n"
    #expect(
      try TraceFile.offsets(Array(text.utf8)) == [0, 500_000_000, 500_000_000, 10_000_000_000])
  }

  @Test(arguments: [
    ("0\nsoon\n", "line 2: expected seconds"), ("1\n0.5\n", "line 2: expected no less than 1.0"),
    ("-1\n", "line 1"), ("nan\n", "line 1"), ("1e99\n", "line 1"), ("# nothing\n", "one offset"),
  ])
  func `a line that is no offset is named`(text: String, complaint: String) {
    let error = #expect(throws: TraceFile.BadLine.self) { try TraceFile.offsets(Array(text.utf8)) }
    #expect(error?.description.contains(complaint) == true)
  }

  @Test func `of a line that never ends only the beginning is shown`() {
    let text = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
    let error = #expect(throws: TraceFile.BadLine.self) { try TraceFile.offsets(text) }
    #expect(error?.description.count ?? .max < 120)
  }
}
