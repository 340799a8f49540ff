import DigitServer
import Testing

struct TraceParentTests {
  private static let valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

  @Test func `a well-formed traceparent is taken over as it stands`() {
    #expect(TraceParent(Self.valid)?.description == Self.valid)
  }

  @Test func `a later version may say more, of which nothing is taken over`() {
    #expect(TraceParent("01" + Self.valid.dropFirst(2) + "-more")?.description.count == 55)
  }

  @Test(arguments: [
    "", "00", valid.uppercased(), valid + "-more", "ff" + valid.dropFirst(2),
    valid.dropLast() + "\n",
    "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
  ])
  func `a malformed one is ignored`(text: String) {
    #expect(TraceParent(text) == nil)
  }
}
