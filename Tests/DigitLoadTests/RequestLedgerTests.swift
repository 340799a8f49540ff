import DigitLoad
import EventLoop
import Testing

private func entry(_ image: Int) -> RequestLedger.Entry {
  RequestLedger.Entry(
    intended: Instant(nanoseconds: 5), begun: Instant(nanoseconds: 7), firstImage: image,
    part: .measured)
}

struct RequestLedgerTests {
  @Test func `answers find their requests in any order`() {
    var ledger = RequestLedger(capacity: 3)
    let ids = (0..<3).map { ledger.begin(entry($0)) }
    #expect(Set(ids).count == 3)
    #expect(!ids.contains(0))
    #expect((ledger.freeCount, ledger.inFlight) == (0, 3))
    for index in [2, 0, 1] { #expect(ledger.end(ids[index]) == .request(entry(index))) }
    #expect((ledger.freeCount, ledger.inFlight) == (3, 0))
  }

  @Test func `a second answer finds nobody, also when its slot is used again`() {
    var ledger = RequestLedger(capacity: 1)
    let first = ledger.begin(entry(1))
    #expect(ledger.end(first) == .request(entry(1)))
    #expect(ledger.end(first) == .answered)
    let second = ledger.begin(entry(2))
    #expect(second != first)
    #expect(ledger.end(first) == .answered)
    #expect(ledger.end(second) == .request(entry(2)))
  }

  @Test(arguments: [0, 2, 3, 0xFFFF, 1 << 32 | 1, 1 << 32 | 2, .max] as [UInt64])
  func `an id that was never given finds nobody`(id: UInt64) {
    var ledger = RequestLedger(capacity: 2)
    #expect(ledger.begin(entry(0)) == 1)
    #expect(ledger.end(id) == .nobody)
    #expect(ledger.inFlight == 1)
    ledger.checkInvariants()
  }

  @Test func `the end of a connection gives back all that were in flight`() {
    var ledger = RequestLedger(capacity: 4)
    let ids = (0..<4).map { ledger.begin(entry($0)) }
    _ = ledger.end(ids[1])
    #expect(ledger.endAll().map(\.firstImage).sorted() == [0, 2, 3])
    #expect(ledger.endAll().isEmpty)
    #expect(ledger.freeCount == 4)
    #expect(ledger.end(ids[0]) == .answered)
  }

  @Test func `a request that is given up keeps its slot until its answer comes`() {
    var ledger = RequestLedger(capacity: 2)
    let early = ledger.begin(entry(0))
    let late = ledger.begin(
      RequestLedger.Entry(
        intended: Instant(nanoseconds: 1), begun: Instant(nanoseconds: 9), firstImage: 1,
        part: .measured))
    var given: [Int] = []
    ledger.giveUp(sentBefore: Instant(nanoseconds: 9)) { given.append($0.firstImage) }
    ledger.giveUp(sentBefore: Instant(nanoseconds: 9)) { given.append($0.firstImage) }
    #expect(given == [0])
    #expect((ledger.freeCount, ledger.inFlight, ledger.owedCount) == (0, 1, 2))
    ledger.checkInvariants()
    #expect(ledger.end(early) == .timedOut)
    #expect(ledger.end(early) == .answered)
    #expect((ledger.freeCount, ledger.inFlight) == (1, 1))
    ledger.giveUp(sentBefore: Instant(nanoseconds: 10)) { _ in }
    #expect(ledger.endAll().isEmpty)
    #expect(ledger.end(late) == .answered)
  }
}
