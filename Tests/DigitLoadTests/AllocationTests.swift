import CAllocations
import DigitLoad
import EventLoop
import ScriptedServers
import Testing

@Suite(.timeLimit(.minutes(1)), .enabled(if: allocations_are_counted()))
struct AllocationTests {
  /// What the load's thread allocates in all, over so many requests.
  private func allocations(_ requests: Int, to address: String) throws -> Int {
    var plan = LoadPlan(server: try SocketAddress(parsing: address))
    plan.warmUp = .milliseconds(20)
    plan.pipeline = 8
    plan.extent = .requests(requests)
    let session = try LoadFleet(
      plan, pixels: images(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), labels: Array(0...9))
    let before = allocations_of_this_thread()
    let outcome = try session.run(plan)
    let after = allocations_of_this_thread()
    session.close()
    #expect(outcome.measured.answered == requests)
    return after - before
  }

  @Test func `after the warm-up a request allocates nothing`() throws {
    let server = try ScriptedServer { $1.answer($0) }
    // Buffers that are kept grow when the reads happen to fall so, a few times in each run, a
    // long one or a short: of five comparisons at least one shows no more for 2,000 requests.
    let differences = try (0..<5).map { _ in
      try allocations(3_000, to: server.address) - allocations(1_000, to: server.address)
    }
    #expect(differences.min()! <= 0, "\(differences)")
  }
}
