import ProgramShell
import Synchronization
import Testing

struct InterruptionTests {
  private let interruption = Interruption()
  private let stops = Counter()

  private final class Counter: Sendable {
    private let value = Atomic<Int>(0)

    var count: Int { value.load(ordering: .relaxed) }
    func add() { value.add(1, ordering: .relaxed) }
  }

  @Test func `the first request stops the phase under way, once`() {
    let value = interruption.during(stop: stops.add) {
      #expect(interruption.request())
      #expect(!interruption.request())
      return 7
    }
    #expect(value == 7 && stops.count == 1)
    #expect(interruption.isRequested)
  }

  @Test func `a phase that begins after the request is stopped at once`() {
    interruption.during(stop: stops.add) {}
    interruption.request()
    #expect(stops.count == 0)
    for phase in 1...3 {
      interruption.during(stop: stops.add) {
        #expect(stops.count == phase)
      }
    }
  }

  @Test func `a phase that ended, even by an error, is not stopped`() {
    struct Trouble: Error {}
    #expect(throws: Trouble.self) {
      try interruption.during(stop: stops.add) { throw Trouble() }
    }
    interruption.request()
    #expect(stops.count == 0)
  }

  @Test func `a request cancels the task of a phase, also one that comes later`() async throws {
    let isCancelled = try await interruption.cancelling { [interruption] in
      interruption.request()
      return Task.isCancelled
    }
    #expect(isCancelled)
    #expect(try await interruption.cancelling { Task.isCancelled })
  }
}
