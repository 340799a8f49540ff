import DigitLoad
import EventLoop
import ScriptedServers
import Testing

struct ScenarioTests {
  @Test(arguments: Scenario.allCases)
  func `a scenario is the load that MLPerf Inference defines`(scenario: Scenario) {
    var plan = LoadPlan(server: .unix(path: "/nowhere"))
    (plan.connections, plan.pipeline) = (3, 5)
    var choices = Scenario.Choices()
    choices.rate = 200
    scenario.shape(&plan, choices)
    let shape = [plan.batch, plan.connections, plan.pipeline]
    let (requests, isOpen): (Int, Bool)
    switch scenario {
    case .singleStream:
      #expect(shape == [1, 1, 1])
      (requests, isOpen) = (1_024, false)
    case .multiStream:
      #expect(shape == [8, 1, 1])
      (requests, isOpen) = (270_336, false)
    case .server:
      #expect(shape == [1, 3, 5])
      (requests, isOpen) = (270_336, true)
    case .offline:
      #expect(shape == [64, 3, 5])
      (requests, isOpen) = (384, false)
    }
    #expect(plan.extent == .atLeast(requests: requests, time: .seconds(600)))
    #expect(plan.order == .random(seed: Scenario.seed))
    let open = LoadPlan.Pacing.openLoop(.steady(200, spacing: .poisson, seed: Scenario.seed))
    #expect(plan.pacing == (isOpen ? open : .closedLoop))
  }

  @Test(arguments: Scenario.allCases)
  func `a scenario reports its figure, and that a short run is short`(scenario: Scenario) throws {
    let server = try ScriptedServer { $1.answer($0) }
    var plan = LoadPlan(server: try SocketAddress(parsing: server.address))
    (plan.warmUp, plan.pipeline) = (.zero, 4)
    var choices = Scenario.Choices()
    (choices.time, choices.queries, choices.rate) = (.milliseconds(10), 20, 2_000)
    scenario.shape(&plan, choices)
    let outcome = try LoadFleet.run(plan, pixels: images(0, 1, 2), labels: [0, 1, 2])
    #expect(outcome.isComplete)
    #expect(outcome.measured.sent >= 20)
    #expect(outcome.measured.accuracy == 1)
    #expect(outcome.sendingSeconds >= 0.01)
    let bound = ServiceLevel(.percentile(0.99), below: .seconds(60))
    let result = ScenarioResult(scenario, outcome, plan: plan, bound: bound)
    #expect(!result.hasFullLength)
    switch (scenario, result.figure) {
    case (.singleStream, .latency(0.9, let microseconds)): #expect(microseconds > 0)
    case (.multiStream, .latency(0.99, let microseconds)): #expect(microseconds > 0)
    case (.server, .poissonRate(2_000, isKept: true)): break
    case (.offline, .samplesPerSecond(let rate)): #expect(rate == outcome.imagesPerSecond)
    default: Issue.record("\(scenario) reports \(result.figure)")
    }
  }

  @Test func `a server that refuses queries keeps no bound`() throws {
    let server = try ScriptedServer { frame, peer in
      frame.payload[0] == 2 ? peer.refuse(frame, .overloaded) : peer.answer(frame)
    }
    var plan = LoadPlan(server: try SocketAddress(parsing: server.address))
    (plan.warmUp, plan.pipeline) = (.zero, 4)
    var choices = Scenario.Choices()
    (choices.time, choices.queries, choices.rate) = (.milliseconds(10), 50, 2_000)
    Scenario.server.shape(&plan, choices)
    let outcome = try LoadFleet.run(plan, pixels: images(0, 1, 2), labels: [0, 1, 2])
    #expect(outcome.measured.refused > 0)
    let bound = ServiceLevel(.percentile(0.99), below: .seconds(60))
    let result = ScenarioResult(.server, outcome, plan: plan, bound: bound)
    #expect(result.figure == .poissonRate(2_000, isKept: false))
  }
}
