import DigitLoad
import DigitWire
import EventLoop
import Glibc
import Measure
import ScriptedServers
import Synchronization
import Testing

private func load(
  _ server: ScriptedServer, _ schedule: ArrivalSchedule,
  _ change: (inout LoadPlan) -> Void = { _ in }
) throws -> LoadOutcome {
  var plan = LoadPlan(server: try SocketAddress(parsing: server.address))
  plan.warmUp = .zero
  plan.pacing = .openLoop(schedule)
  plan.extent = .requests(50)
  plan.pipeline = 8
  change(&plan)
  return try LoadFleet.run(
    plan, pixels: images(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), labels: Array(0...9))
}

@Suite(.timeLimit(.minutes(1))) struct OpenLoopTests {
  @Test(arguments: ArrivalSchedule.Spacing.allCases)
  func `a schedule's requests are all sent and answered`(
    spacing: ArrivalSchedule.Spacing
  ) throws {
    let server = try ScriptedServer { $1.answer($0) }
    let outcome = try load(server, .steady(2_000, spacing: spacing)) { $0.connections = 3 }
    #expect(outcome.isComplete && outcome.isOpenLoop)
    #expect(outcome.measured.sent == 50)
    #expect(outcome.measured.accuracy == 1)
    #expect(outcome.measured.lateness.count == 50)
    #expect(outcome.neverSent == 0)
    // It takes its time: the last of 50 is due after 24 ms, or about that.
    #expect(outcome.seconds > 0.01)
  }

  @Test func `a trace is sent to its end, and the warm-up is not measured`() throws {
    let server = try ScriptedServer { $1.answer($0) }
    let trace = try load(server, .trace([0, 1_000_000, 1_000_000, 9_000_000]))
    #expect(trace.measured.answered == 4)
    let warm = try load(server, .steady(1_000)) {
      ($0.warmUp, $0.extent) = (.milliseconds(20), .time(.milliseconds(30)))
    }
    #expect((warm.tallies.warmUp.answered, warm.measured.answered) == (20, 30))
  }

  @Test func `what finds no room until the end makes the run invalid`() throws {
    // One request is never answered, and is the one that may be in flight.
    let server = try ScriptedServer { _, _ in }
    let outcome = try load(server, .steady(1_000)) {
      ($0.pipeline, $0.answerTimeout) = (1, .milliseconds(20))
      $0.interval = .milliseconds(5)
    }
    // The last interval saw nothing but the end of the waiting.
    #expect(outcome.intervals.map(\.counts.abandoned).reduce(0, +) == 1)
    #expect((outcome.measured.sent, outcome.measured.abandoned) == (1, 1))
    #expect(outcome.neverSent == 49)
    #expect(outcome.invalidities(ScheduleBounds()).contains(.neverSent(49, of: 50)))
  }

  @Test func `a deadline ends a request, and its late answer is told from a second one`() throws {
    let server = try ScriptedServer { frame, peer in
      #expect(frame.predict?.deadlineMicroseconds == 20_000)
      guard frame.payload[0] == 5 else { return peer.answer(frame) }
      // Answered with the next of its kind.
      if let late = peer.kept.popLast() { peer.answer(late) }
      peer.kept.append(frame)
    }
    let outcome = try load(server, .steady(200)) {
      ($0.extent, $0.deadline) = (.requests(20), .milliseconds(20))
    }
    #expect(outcome.measured.timedOut >= 2)
    #expect(outcome.measured.answered + outcome.measured.timedOut == 20)
    #expect(outcome.tallies.lateAnswers <= outcome.measured.timedOut)
    #expect((outcome.tallies.duplicates, outcome.tallies.strays) == (0, 0))
  }

  @Test func `an answer that comes twice makes a run invalid`() throws {
    let server = try ScriptedServer { frame, peer in
      peer.answer(frame)
      if frame.payload[0] == 5 { peer.answer(frame) }
    }
    let outcome = try load(server, .steady(2_000)) { $0.extent = .requests(20) }
    #expect(outcome.tallies.duplicates == 2)
    #expect(
      outcome.invalidities(ScheduleBounds()).contains(.unasked(duplicates: 2, strays: 0)))
  }

  @Test func `loads of a session share its connections`() throws {
    let server = try ScriptedServer { frame, peer in
      // The first connection alone would see all of them.
      peer.kept.append(frame)
      peer.answer(frame)
    }
    var plan = LoadPlan(server: try SocketAddress(parsing: server.address))
    (plan.warmUp, plan.extent) = (.zero, .requests(10))
    let session = try LoadFleet(plan, pixels: images(0, 1), labels: [0, 1])
    defer { session.close() }
    for (batch, pipeline) in [(1, 1), (1, 8), (7, 2), (1, 1)] {
      (plan.batch, plan.pipeline) = (batch, pipeline)
      let outcome = try session.run(plan)
      #expect(outcome.isComplete)
      #expect(outcome.measured.images == 10 * batch)
      #expect(outcome.measured.accuracy == 1)
    }
  }

  @Test func `intervals add up to the whole`() throws {
    let server = try ScriptedServer { $1.answer($0) }
    let outcome = try load(server, .steady(1_000)) { $0.interval = .milliseconds(10) }
    #expect(outcome.intervals.map(\.counts.answered).reduce(0, +) == 50)
    #expect(outcome.intervals.map(\.counts.sent).reduce(0, +) == 50)
    #expect(outcome.intervals.map { Int($0.latency.count) }.reduce(0, +) == 50)
    for (left, right) in zip(outcome.intervals, outcome.intervals.dropFirst()) {
      #expect(left.end == right.start)
    }
  }
}

/// When each answer of a server left it, by what the image says.
private final class Departures: Sendable {
  let all = Mutex<[Instant]>([])
}

@Suite(.timeLimit(.minutes(2))) struct StalledServerTests {
  /// The percentile of what the server's own clock says, by nearest rank; milliseconds.
  private func percentile(_ latencies: [Double], _ part: Double) -> Double {
    latencies.sorted()[Int((part * Double(latencies.count)).rounded(.up)) - 1]
  }

  @Test func `over a socket too latency is the server's arithmetic within 2 %`() throws {
    // Others may take the processor away at any moment. One run that agrees is proof enough, and
    // runs in which the client had to wait for a processor prove nothing.
    var differences: [Double] = []
    for _ in 0..<6 {
      let run = try oneRun()
      if run.difference < 0.02 { return }
      if run.waiting < 0.01 { differences.append(run.difference) }
    }
    guard differences.count < 3 else {
      Issue.record("\(differences)")
      return
    }
    withKnownIssue("the client had to wait for a processor: nothing was proven") {
      Issue.record("\(6 - differences.count) of 6 runs do not count; the others: \(differences)")
    }
  }

  /// Answers in order, and stands still for 400 ms at request 200 of 1,000; the request that was
  /// due k ms after the start is the server's k-th.
  ///
  /// - Returns: the largest difference of a percentile from the server's own account of it, and
  ///   the part of the time that the client waited for a processor.
  private func oneRun() throws -> (difference: Double, waiting: Double) {
    let departures = Departures()
    let server = try ScriptedServer { frame, peer in
      if departures.all.withLock({ $0.count }) == 200 { usleep(400_000) }
      departures.all.withLock { $0.append(.now) }
      peer.answer(frame)
    }
    let outcome = try load(server, .steady(1_000)) {
      ($0.extent, $0.pipeline) = (.requests(1_000), 1)
    }
    let start = try #require(outcome.measuringBegan)
    let expected = departures.all.withLock(\.self).enumerated().map {
      Double($1.nanoseconds(since: start)) / 1_000_000 - Double($0)
    }
    let measured = outcome.measured
    #expect(expected.count == 1_000 && measured.answered == 1_000)
    let differences = [0.9, 0.99, 0.999].map { part in
      let found = Double(measured.latencies.percentileNanoseconds(part)) / 1_000_000
      return abs(found / percentile(expected, part) - 1)
    }
    return (differences.max()!, outcome.client.waiting)
  }
}
