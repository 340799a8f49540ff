import DigitClient
import DigitWire
import EventLoop
import Testing

struct PipelineTests {
  /// Two in flight at most, three waiting.
  private var pipeline = Pipeline(requestsInFlightMax: 2, waitingMax: 3) {
    // After every event of every test.
    didSet { pipeline.checkInvariants() }
  }

  private func at(_ milliseconds: UInt64) -> Instant {
    Instant(nanoseconds: milliseconds * 1_000_000)
  }

  /// Submits a prediction that must be taken.
  private mutating func ask(until deadline: Instant? = nil) throws -> Pipeline.ID {
    guard case .wait(let id) = pipeline.submit(.prediction, deadline: deadline) else {
      throw Refused()
    }
    return id
  }

  /// Submits as many predictions and sends what may be sent.
  private mutating func askAndSend(_ count: Int) throws -> [Pipeline.ID] {
    let ids = try (0..<count).map { _ in try ask() }
    while pipeline.nextToSend() != nil {}
    return ids
  }

  private struct Refused: Error {}

  @Test mutating func `no more predictions are sent than the server allows`() throws {
    let ids = try (0..<3).map { _ in try ask() }
    #expect(pipeline.nextToSend() == ids[0])
    #expect(pipeline.nextToSend() == ids[1])
    #expect(pipeline.nextToSend() == nil)
    #expect(pipeline.answerArrived(ids[1].rawValue) == .deliver(ids[1]))
    #expect(pipeline.nextToSend() == ids[2])
    #expect(pipeline.nextToSend() == nil)
  }

  @Test mutating func `more may not wait than the client's limit`() throws {
    _ = try askAndSend(2)
    for _ in 0..<3 { _ = try ask() }
    #expect(
      pipeline.submit(.prediction, deadline: nil) == .refuse(.tooManyWaiting(limit: 3)))
  }

  @Test mutating func `control requests pass by the predictions that wait`() throws {
    _ = try askAndSend(5)
    guard case .send(let id) = pipeline.submit(.control, deadline: nil) else { throw Refused() }
    #expect(pipeline.answerArrived(id.rawValue) == .deliver(id))
  }

  @Test mutating func `no id is 0, and none is used twice`() throws {
    var seen: Set<UInt64> = [0]
    for _ in 0..<100 {
      let id = try askAndSend(1)[0]
      #expect(seen.insert(id.rawValue).inserted)
      #expect(pipeline.answerArrived(id.rawValue) == .deliver(id))
    }
  }

  @Test mutating func `an answer is matched once, and strange ones are counted`() throws {
    let ids = try askAndSend(3)
    #expect(pipeline.answerArrived(ids[0].rawValue) == .deliver(ids[0]))
    #expect(pipeline.answerArrived(ids[0].rawValue) == .ignore)
    #expect(pipeline.answerArrived(ids[2].rawValue) == .ignore, "it was not sent")
    for id in [0, 99, 1 << 32, .max] as [UInt64] {
      #expect(pipeline.answerArrived(id) == .ignore)
    }
    #expect(pipeline.strayCount == 6)
  }

  @Test mutating func `a server that only sends what nobody waits for is given up`() throws {
    let ids = try askAndSend(2)
    for _ in 0..<Pipeline.straysInARowMax { _ = pipeline.answerArrived(99) }
    #expect(pipeline.ending == nil)
    // An answer between them, and the count begins anew.
    #expect(pipeline.answerArrived(ids[0].rawValue) == .deliver(ids[0]))
    for _ in 0..<Pipeline.straysInARowMax { pipeline.strayArrived() }
    #expect(pipeline.ending == nil)
    pipeline.strayArrived()
    guard case .lost = pipeline.ending else {
      Issue.record("expected the end of the connection")
      return
    }
  }

  @Test mutating func `a second answer never reaches the request that has its slot now`() throws {
    let first = try askAndSend(1)[0]
    #expect(pipeline.answerArrived(first.rawValue) == .deliver(first))
    let second = try askAndSend(1)[0]
    #expect(second.index == first.index)
    #expect(pipeline.answerArrived(first.rawValue) == .ignore)
    #expect(pipeline.cancel(first) == .tooLate)
    #expect(pipeline.answerArrived(second.rawValue) == .deliver(second))
  }

  @Test mutating func `every order of answers delivers each request once`() throws {
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
      pipeline = Pipeline(requestsInFlightMax: 3, waitingMax: 3)
      let ids = try askAndSend(3)
      for index in order {
        #expect(pipeline.answerArrived(ids[index].rawValue) == .deliver(ids[index]))
      }
      #expect(pipeline.end(.closed).isEmpty)
    }
  }

  @Test mutating func `a request cancelled while it waits is never sent`() throws {
    let ids = try (0..<3).map { _ in try ask() }
    #expect(pipeline.cancel(ids[1]) == .finish(sendCancel: false))
    #expect(pipeline.nextToSend() == ids[0])
    #expect(pipeline.nextToSend() == ids[2])
  }

  @Test mutating func `a request cancelled in flight keeps its place until it is answered`()
    throws
  {
    let ids = try askAndSend(3)
    #expect(pipeline.cancel(ids[0]) == .finish(sendCancel: true))
    #expect(pipeline.nextToSend() == nil)
    #expect(pipeline.answerArrived(ids[0].rawValue) == .drop)
    #expect(pipeline.nextToSend() == ids[2])
    #expect(pipeline.strayCount == 0)
  }

  @Test mutating func `what has been answered or cancelled cannot be cancelled`() throws {
    let ids = try askAndSend(2)
    _ = pipeline.answerArrived(ids[0].rawValue)
    #expect(pipeline.cancel(ids[0]) == .tooLate)
    #expect(pipeline.cancel(ids[1]) == .finish(sendCancel: true))
    #expect(pipeline.cancel(ids[1]) == .tooLate)
  }

  @Test mutating func `control requests are given up without a CANCEL`() throws {
    guard case .send(let id) = pipeline.submit(.control, deadline: nil) else { throw Refused() }
    #expect(pipeline.cancel(id) == .finish(sendCancel: false))
    #expect(pipeline.answerArrived(id.rawValue) == .drop)
  }

  @Test mutating func `deadlines take out those that wait and those in flight`() throws {
    let sent = try ask(until: at(20))
    let patient = try ask()
    while pipeline.nextToSend() != nil {}
    let waiting = try ask(until: at(10))
    let later = try ask(until: at(30))
    #expect(pipeline.nextDeadline == at(10))
    #expect(pipeline.expire(now: at(9)).isEmpty)
    #expect(pipeline.expire(now: at(10)) == [.init(id: waiting, wasSent: false)])
    #expect(pipeline.nextDeadline == at(20))
    #expect(pipeline.expire(now: at(25)) == [.init(id: sent, wasSent: true)])
    #expect(pipeline.answerArrived(sent.rawValue) == .drop)
    #expect(pipeline.nextToSend() == later)
    #expect(pipeline.answerArrived(patient.rawValue) == .deliver(patient))
    #expect(pipeline.expire(now: at(40)) == [.init(id: later, wasSent: true)])
    #expect(pipeline.nextDeadline == nil)
  }

  @Test mutating func `an answered request has no deadline any more`() throws {
    let id = try ask(until: at(10))
    _ = pipeline.nextToSend()
    _ = pipeline.answerArrived(id.rawValue)
    #expect(pipeline.expire(now: at(10)).isEmpty)
    #expect(pipeline.nextDeadline == nil)
  }

  @Test mutating func `health answers go to the oldest question about the same probe`() throws {
    let ids = [HealthProbe.live, .ready, .live].map { probe -> Pipeline.ID? in
      guard case .send(let id) = pipeline.submit(.health(probe), deadline: nil) else {
        return nil
      }
      return id
    }
    #expect(pipeline.healthArrived(.ready) == .deliver(try #require(ids[1])))
    #expect(pipeline.cancel(try #require(ids[0])) == .finish(sendCancel: false))
    #expect(pipeline.healthArrived(.live) == .drop)
    #expect(pipeline.healthArrived(.live) == .deliver(try #require(ids[2])))
    #expect(pipeline.healthArrived(.live) == .ignore)
  }

  @Test mutating func `an answer by id never reaches a health question`() throws {
    guard case .send(let id) = pipeline.submit(.health(.live), deadline: nil) else {
      throw Refused()
    }
    #expect(pipeline.answerArrived(id.rawValue) == .ignore)
  }

  @Test
  mutating func `GOAWAY returns what waits, refuses what is new, and leaves when all is answered`()
    throws
  {
    let ids = try askAndSend(4)
    #expect(pipeline.ending == nil)
    #expect(pipeline.goAwayArrived(.maximumAge) == [ids[2], ids[3]])
    #expect(pipeline.goAwayArrived(.maximumAge).isEmpty)
    #expect(
      pipeline.submit(.prediction, deadline: nil) == .refuse(.serverLeaving(.maximumAge)))
    guard case .send(let ping) = pipeline.submit(.control, deadline: nil) else {
      throw Refused()
    }
    #expect(pipeline.answerArrived(ids[0].rawValue) == .deliver(ids[0]))
    #expect(pipeline.answerArrived(ids[1].rawValue) == .deliver(ids[1]))
    #expect(pipeline.ending == nil)
    #expect(pipeline.answerArrived(ping.rawValue) == .deliver(ping))
    #expect(pipeline.ending == .left(.maximumAge))
  }

  @Test mutating func `the end returns every request that has a caller, once`() throws {
    let ids = try askAndSend(4)
    _ = pipeline.cancel(ids[0])
    let end = Pipeline.End.lost(reason: "gone")
    #expect(
      pipeline.end(end) == [
        .init(id: ids[1], wasSent: true), .init(id: ids[2], wasSent: false),
        .init(id: ids[3], wasSent: false),
      ])
    #expect(pipeline.end(end).isEmpty)
    #expect(pipeline.cancel(ids[1]) == .tooLate)
    #expect(pipeline.answerArrived(ids[1].rawValue) == .ignore)
    #expect(
      pipeline.submit(.control, deadline: nil)
        == .refuse(.connectionLost(processed: .no, reason: "gone")))
  }
}
