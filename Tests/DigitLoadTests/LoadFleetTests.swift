import DigitLoad
import DigitWire
import EventLoop
import ScriptedServers
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct LoadFleetTests {
  private func plan(_ server: ScriptedServer, connections: Int) throws -> LoadPlan {
    var plan = LoadPlan(server: try SocketAddress(parsing: server.address))
    (plan.warmUp, plan.connections, plan.pipeline) = (.zero, connections, 4)
    plan.interval = .milliseconds(10)
    return plan
  }

  @Test(arguments: [1, 2, 3, 5])
  func `threads share connections and requests, and none is left out`(threads: Int) throws {
    let server = try ScriptedServer { $1.answer($0) }
    var plan = try plan(server, connections: 5)
    plan.extent = .requests(1_001)
    let fleet = try LoadFleet(
      plan, pixels: images(0, 1, 2), labels: [0, 1, 2], threads: threads)
    defer { fleet.close() }
    var told: [LoadInterval] = []
    fleet.intervalEnded = { told.append($0) }
    let outcome = try fleet.run(plan)
    #expect(outcome.isComplete)
    #expect(outcome.measured.sent == 1_001)
    #expect(outcome.measured.accuracy == 1)
    #expect(outcome.measured.latencies.count == 1_001)
    #expect(outcome.intervals.map(\.counts.answered).reduce(0, +) == 1_001)
    #expect(outcome.intervals.map { Int($0.latency.count) }.reduce(0, +) == 1_001)
    #expect(told.map(\.start) == outcome.intervals.map(\.start))
    #expect(outcome.seconds > 0)
  }

  @Test func `a schedule is kept by all threads together`() throws {
    let server = try ScriptedServer { $1.answer($0) }
    var plan = try plan(server, connections: 2)
    plan.pacing = .openLoop(.steady(2_000, spacing: .poisson, seed: 3))
    plan.extent = .requests(200)
    let outcome = try LoadFleet.run(
      plan, pixels: images(0, 1), labels: [0, 1], threads: 2)
    #expect(outcome.isOpenLoop)
    #expect(outcome.measured.answered == 200)
    #expect(outcome.neverSent == 0)
  }

  @Test(arguments: [2, 4])
  func `each of several servers has its turn of the schedule, and figures of its own`(
    threads: Int
  ) throws {
    let servers = try (0..<2).map { _ in try ScriptedServer { $1.answer($0) } }
    var plan = try plan(servers[0], connections: 6)
    plan.servers = try servers.map { try SocketAddress(parsing: $0.address) }
    plan.pacing = .openLoop(.steady(2_000, spacing: .poisson, seed: 3))
    plan.extent = .requests(201)
    let outcome = try withExtendedLifetime(servers) {
      try LoadFleet.run(plan, pixels: images(0, 1), labels: [0, 1], threads: threads)
    }
    #expect(outcome.isComplete)
    #expect(outcome.measured.answered == 201)
    #expect(outcome.servers.map(\.address) == plan.servers)
    let shares = outcome.servers.map(\.outcome.measured)
    #expect(shares.map(\.answered) == [101, 100])
    var merged = shares[0].latencies
    merged.merge(shares[1].latencies)
    #expect(merged == outcome.measured.latencies)
  }

  @Test func `what one thread loses is in the outcome of all`() throws {
    let server = try ScriptedServer { frame, peer in
      frame.payload[0] == 1 ? peer.close() : peer.answer(frame)
    }
    var plan = try plan(server, connections: 2)
    (plan.pipeline, plan.extent) = (1, .requests(100))
    let outcome = try LoadFleet.run(
      plan, pixels: images(0, 0, 0, 0, 0, 0, 0, 1), labels: [0, 0, 0, 0, 0, 0, 0, 1],
      threads: 2)
    #expect(outcome.connectionsLost == 2)
    #expect(outcome.measured.lost == 2)
    #expect(outcome.firstTrouble != nil)
    #expect(!outcome.isComplete)
  }

  @Test(arguments: [1, 3])
  func `which images are measured does not depend on the warm-up`(threads: Int) throws {
    let server = try ScriptedServer { $1.answer($0, as: 0) }
    var plan = try plan(server, connections: 3)
    (plan.warmUp, plan.extent) = (.milliseconds(15), .requests(99))
    // One image of each third of the set is a 0.
    let labels = (0..<99).map { UInt8($0 % 33 == 0 ? 0 : 1) }
    let outcome = try LoadFleet.run(
      plan, pixels: images(labels), labels: labels, threads: threads)
    #expect(outcome.tallies.warmUp.answered > 0)
    #expect(outcome.measured.correct == 3)
  }

  @Test func `one thread that ends early holds no interval back`() throws {
    let server = try ScriptedServer { frame, peer in
      frame.payload[0] == 1 ? peer.close() : peer.answer(frame)
    }
    var plan = try plan(server, connections: 2)
    (plan.pipeline, plan.extent) = (1, .time(.milliseconds(200)))
    // The second thread begins with the second half.
    let fleet = try LoadFleet(plan, pixels: images([0, 1]), labels: [0, 1], threads: 2)
    defer { fleet.close() }
    let began = Instant.now
    var told: [(Duration, LoadInterval)] = []
    fleet.intervalEnded = { interval in
      let passed = Instant.now.nanoseconds(since: began)
      told.append((.nanoseconds(Int64(passed)), interval))
    }
    let outcome = try fleet.run(plan)
    #expect(outcome.connectionsLost == 2)
    #expect(outcome.invalidities(.init()).contains { "\($0)".contains("connections ended before") })
    #expect(!told.isEmpty)
  }

  @Test func `intervals of several threads follow each other`() throws {
    let server = try ScriptedServer { $1.answer($0) }
    var plan = try plan(server, connections: 4)
    plan.extent = .time(.milliseconds(150))
    let outcome = try LoadFleet.run(plan, pixels: images(0, 1), labels: [0, 1], threads: 4)
    for (left, right) in zip(outcome.intervals, outcome.intervals.dropFirst()) {
      #expect(left.end == right.start)
    }
    let widths = outcome.intervals.map { $0.end - $0.start }.reduce(0, +)
    #expect(abs(widths - outcome.intervals.last!.end) < 1e-9)
    #expect(
      outcome.intervals.map(\.counts.answered).reduce(0, +) == outcome.measured.answered)
  }

  @Test func `a server that leaves ends the load, and its figures do not count`() throws {
    let server = try ScriptedServer { frame, peer in
      peer.kept.append(frame)
      peer.answer(frame)
      if peer.kept.count == 10 { peer.send(GoAway(reason: .shutdown, graceMilliseconds: 1)) }
    }
    var plan = try plan(server, connections: 1)
    plan.extent = .requests(1_000)
    let outcome = try LoadFleet.run(plan, pixels: images(0), labels: [0])
    #expect(outcome.measured.lost == 0 && outcome.measured.answered >= 10)
    #expect(outcome.connectionsLost == 1)
    #expect(outcome.invalidities(.init()).contains { "\($0)".contains("GOAWAY") })
  }

  @Test(arguments: [nil, ArrivalSchedule.steady(1_000)])
  func `a load that is stopped tells what there is`(schedule: ArrivalSchedule?) throws {
    let answered = Mutex(0)
    let seen = Mutex<LoadFleet.Stopper?>(nil)
    let server = try ScriptedServer { frame, peer in
      peer.answer(frame)
      let count = answered.withLock { count in
        count += 1
        return count
      }
      if count == 50 { seen.withLock { $0?.stop() } }
    }
    var plan = try plan(server, connections: 2)
    plan.extent = .time(.seconds(50))
    if let schedule { plan.pacing = .openLoop(schedule) }
    let fleet = try LoadFleet(plan, pixels: images(0), labels: [0], threads: 2)
    defer { fleet.close() }
    seen.withLock { $0 = fleet.stopper }
    let outcome = try fleet.run(plan)
    #expect(outcome.wasInterrupted && outcome.isComplete && outcome.neverSent == 0)
    #expect(outcome.measured.answered >= 50 && outcome.seconds < 20)
    #expect(outcome.invalidities(.init()).contains(.interrupted))
  }

  @Test func `a load is stopped while its connections are made`() throws {
    let seen = Mutex<LoadFleet.Stopper?>(nil)
    let server = try ScriptedServer(welcome: nil) { _, _ in seen.withLock { $0?.stop() } }
    var plan = try plan(server, connections: 1)
    plan.connectTimeout = .seconds(50)
    let fleet = try LoadFleet(plan, pixels: images(0), labels: [0])
    seen.withLock { $0 = fleet.stopper }
    #expect(throws: LoadError.interrupted) { try fleet.prepare(plan) }
    fleet.close()
    fleet.stopper.stop()
  }

  @Test func `a client without a processor is its own limit`() throws {
    let server = try ScriptedServer { $1.answer($0) }
    var plan = try plan(server, connections: 1)
    plan.extent = .requests(10)
    var outcome = try LoadFleet.run(plan, pixels: images(0), labels: [0])
    for (busy, waiting, isLimit) in [(0.3, 0.6, false), (0.3, 0.66, true), (0.96, 0, true)] {
      (outcome.client.busy, outcome.client.waiting) = (busy, waiting)
      #expect(outcome.isLimitedByClient == isLimit)
    }
  }

  @Test func `shares add up to the plan`() throws {
    var plan = LoadPlan(server: .unix(path: "/nowhere"))
    (plan.connections, plan.extent) = (7, .requests(100))
    plan.order = .random(seed: 5)
    let shares = plan.shares(3)
    #expect(shares.map(\.connections) == [3, 2, 2])
    #expect(shares.map(\.extent) == [.requests(34), .requests(33), .requests(33)])
    #expect(shares.map(\.order) == [.random(seed: 5), .random(seed: 6), .random(seed: 7)])
    plan.pacing = .openLoop(.steady(5))
    #expect(plan.shares(3).map(\.extent) == Array(repeating: .requests(100), count: 3))
  }
}
