import DigitServer
import Testing

@Test func `a trouble is told when it begins and when it ends`() {
  var trouble = Trouble()
  let seen = [false, true, true, true, false, false, true]
  #expect(
    seen.map { trouble.observe($0) } == [.none, .begins, .none, .none, .ends, .none, .begins])
}
