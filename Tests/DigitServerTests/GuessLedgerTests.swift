import DigitServer
import EventLoop
import Testing

struct GuessLedgerTests {
  private let start = Instant(nanoseconds: 1_000_000_000_000)

  @Test func `the first guesses are answered at once, the others one a second`() {
    var ledger = GuessLedger()
    let delays = (0..<8).map { _ in ledger.guessed(from: "192.0.2.1", now: start) }
    #expect(delays == [0, 0, 0, 0, 0, 1, 2, 3].map(Duration.seconds))
  }

  @Test func `time pays for guesses`() {
    var ledger = GuessLedger()
    for _ in 0..<6 { _ = ledger.guessed(from: "192.0.2.1", now: start) }
    let later = [3, 100].map {
      ledger.guessed(from: "192.0.2.1", now: start.advanced(by: .seconds($0)))
    }
    #expect(later == [.zero, .zero])
  }

  @Test func `no answer waits longer than the longest delay, and then the address pays on`() {
    var ledger = GuessLedger()
    let delays = (0..<1_000).map { _ in ledger.guessed(from: "192.0.2.1", now: start) }
    #expect(delays.max() == .seconds(8))
    let later = ledger.guessed(from: "192.0.2.1", now: start.advanced(by: .seconds(4)))
    #expect(later == .seconds(5))
  }

  @Test func `an address does not pay for another`() {
    var ledger = GuessLedger()
    for _ in 0..<100 { _ = ledger.guessed(from: "192.0.2.1", now: start) }
    let other = ledger.guessed(from: "192.0.2.2", now: start)
    #expect(other == .zero)
  }

  @Test func `addresses beyond those that are remembered share an account`() {
    var terms = GuessLedger.Terms()
    terms.addressesMax = 10
    var ledger = GuessLedger(terms)
    let delays = (0..<30).map { ledger.guessed(from: "192.0.2.\($0)", now: start) }
    #expect(ledger.addressCount <= 11)
    #expect(delays.last! > .zero)
    // Those who have paid make room.
    let later = ledger.guessed(from: "198.51.100.1", now: start.advanced(by: .seconds(60)))
    #expect(later == .zero)
  }

  @Test(arguments: [
    ("192.0.2.1:80", "192.0.2.1"), ("[2001:db8:1:2:3:4:5:6]:80", "2001:db8:1:2::"),
    ("[2001:db8::6]:80", "2001:db8:0:0::"), ("[::1]:80", "0:0:0:0::"),
    ("[::ffff:192.0.2.1]:80", "192.0.2.1"), ("unix:/run/x", "unix"),
  ])
  func `guesses are counted by host, of IPv6 by network`(_ text: String, _ account: String) throws {
    #expect(try SocketAddress(parsing: text).guessAccount == account)
  }
}
