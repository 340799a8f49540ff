import DigitLoad
import DigitWire
import EventLoop
import ScriptedServers
import Testing

@Suite struct OutagesTests {
  private func at(_ milliseconds: UInt64) -> Instant {
    Instant(nanoseconds: milliseconds * 1_000_000)
  }

  @Test func `an outage lasts until an answer over a connection that was made in it`() {
    var outages = Outages()
    outages.connectionEnded(now: at(10))
    outages.lost(3)
    outages.connectionEnded(now: at(11))
    outages.connectFailed()
    // One that had been read before its connection's end was.
    outages.answered(over: nil, now: at(12))
    outages.answered(over: at(5), now: at(12))
    #expect(outages.current?.began == at(10))
    outages.retried()
    outages.answered(over: at(20), now: at(25))
    #expect(outages.current == nil)
    #expect(outages.all.count == 1)
    #expect(outages.all[0].nanoseconds == 15_000_000)
    #expect(outages.all[0].lost == 3 && outages.all[0].retried == 1)
    #expect(outages.all[0].failedConnects == 1)
    outages.connectionEnded(now: at(40))
    #expect(outages.all.count == 2)
    #expect(outages.current?.began == at(40))
  }

  @Test func `a load that reconnects sends again what was lost, and refused by a drain`() throws {
    let count = Guarded(0)
    let server = try ScriptedServer { frame, peer in
      let number = count.withLock { count in
        count += 1
        return count
      }
      if number % 100 == 50 { peer.close() } else { peer.answer(frame) }
    }
    var plan = LoadPlan(server: try SocketAddress(parsing: server.address))
    (plan.warmUp, plan.connections, plan.pipeline) = (.zero, 2, 4)
    (plan.extent, plan.reconnects) = (.requests(500), true)
    let outcome = try withExtendedLifetime(server) {
      try LoadFleet.run(plan, pixels: images(0, 1, 2), labels: [0, 1, 2])
    }
    #expect(outcome.isComplete)
    #expect(outcome.measured.answered == 500)
    #expect(outcome.measured.lost == 0)
    #expect(outcome.invalidities(ScheduleBounds()).isEmpty)
    let outages = try #require(outcome.outages)
    #expect(!outages.isEmpty)
    let lost = outages.reduce(0) { $0 + $1.lost }
    #expect(lost >= outages.count && lost == outages.reduce(0) { $0 + $1.retried })
  }
}
