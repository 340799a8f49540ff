import CAllocations
import DigitLoad
import EventLoop
import ScriptedServers
import Testing

@Suite(.timeLimit(.minutes(1))) struct AllocationTests {
  /// How often this thread allocates while it drives a load of so many requests.
  private func allocationCount(requests: Int, pipeline: Int) throws -> Int {
    let server = try ScriptedServer { $1.answer($0) }
    var plan = LoadPlan(server: try SocketAddress(parsing: server.address))
    (plan.warmUp, plan.pipeline, plan.extent) = (.zero, pipeline, .requests(requests))
    let run = try LoadRun(plan, pixels: images(0, 1, 2), labels: [0, 1, 2])
    let before = allocations_of_this_thread()
    let outcome = try run.run()
    #expect(outcome.measured.answered == requests)
    return allocations_of_this_thread() - before
  }

  @Test(arguments: [1, 8])
  func `a hundred times the requests cost no more allocations`(pipeline: Int) throws {
    // Once before, for what the first load of a process sets up.
    _ = try allocationCount(requests: 50, pipeline: pipeline)
    let few = try allocationCount(requests: 50, pipeline: pipeline)
    let many = try allocationCount(requests: 5_000, pipeline: pipeline)
    // An answer may come in two reads, for which the reader's own buffer grows once.
    #expect(many <= few + 4)
  }
}
