import Foundation
import Testing

@Suite(.servesModels, .serialized, .timeLimit(.minutes(2))) struct DigitctlOpenLoopTests {
  private let served: Served

  init() throws { served = try #require(Served.current) }

  /// What every open loop here says: however late this machine sends, it counts as in time.
  /// - Parameter lateShare: by itself a busy machine makes no run invalid.
  private func bench(
    _ arguments: String..., lateShare: String = "1"
  ) throws -> Program.Outcome {
    try Program.digitctl.run(
      ["bench", "--model", "beta", "--pipeline", "64", "--late-share", lateShare] + arguments,
      environment: ["DIGITS_SERVER": served.server.address])
  }

  @Test func `a schedule is kept to, and told`() throws {
    let outcome = try bench(
      "--rate", "500", "--arrivals", "poisson", "--seed", "7", "--requests", "100", "--warmup",
      "50ms", "--deadline", "30s", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let report = try #require(outcome.object)
    #expect(report["sent"] as? Int == 100)
    #expect(report["answered"] as? Int == 100)
    #expect(report["timed_out"] as? Int == 0)
    #expect(report["deadline_ms"] as? Double == 30_000)
    #expect(report["warmup_seconds"] as? Double == 0.05)
    #expect(report["valid"] as? Bool == true)
    let schedule = try #require(report["schedule"] as? [String: Any])
    #expect(schedule["kind"] as? String == "rate")
    #expect(schedule["arrivals"] as? String == "poisson")
    #expect(schedule["seed"] as? Int == 7)
    #expect(schedule["to"] as? Double == 500)
    #expect(schedule["never_sent"] as? Int == 0)
    let latency = try #require(report["latency_us"] as? [String: Double])
    let service = try #require(report["service_us"] as? [String: Double])
    #expect(try #require(latency["mean"]) >= (try #require(service["mean"])))
    let histogram = try #require(report["histogram"] as? [String: Any])
    #expect(histogram["count"] as? Int == 100)
  }

  @Test func `a run whose client is late is invalid and a failure`() throws {
    // Nothing is sent in less than a microsecond.
    let outcome = try bench(
      "--rate", "500", "--requests", "20", "--warmup", "0s", "--late-after", "1us",
      lateShare: "0")
    #expect(outcome.status == 1)
    // It is said once, and first.
    #expect(outcome.output.hasPrefix("INVALID "), "\(outcome.output)")
    #expect(!outcome.errors.contains("INVALID"), "\(outcome.errors)")
    #expect(outcome.output.contains("service time"))
  }

  @Test func `a trace is followed, and its intervals written`() throws {
    let trace = served.folder.path("trace")
    let lines = (0..<50).map { "\(Double($0) / 500)" }.joined(separator: "\n")
    try lines.write(toFile: trace, atomically: true, encoding: .utf8)
    let table = served.folder.path("intervals.csv")
    let outcome = try bench("--trace", trace, "--interval", "20ms", "--csv", table, "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.object?["answered"] as? Int == 50)
    let rows = try String(contentsOfFile: table, encoding: .utf8).split(separator: "\n")
    #expect(rows[0].hasPrefix("start,end,sent,answered,refused,timed_out,lost,abandoned,"))
    // An interval without requests has empty cells.
    let widths = rows.dropFirst().map {
      $0.split(separator: ",", omittingEmptySubsequences: false).count
    }
    #expect(widths.allSatisfy { $0 == 15 })
    let answered = rows.dropFirst().compactMap { Int($0.split(separator: ",")[3]) }
    #expect(answered.reduce(0, +) == 50)
    try "soon\n".write(toFile: trace, atomically: true, encoding: .utf8)
    let refused = try bench("--trace", trace)
    #expect(refused.status == 1)
    #expect(refused.errors.contains("line 1: expected seconds from the start, got 'soon'"))
  }

  @Test func `a ramp takes its time, and progress is plain lines`() throws {
    let outcome = try bench("--ramp", "100:400:200ms", "--interval", "50ms", "--warmup", "0s")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("50 sent: 50 answered"), "\(outcome.output)")
    let lines = outcome.errors.split(separator: "\n")
    #expect(!lines.isEmpty && lines.allSatisfy { $0.contains(" s  sent ") })
  }

  @Test func `a service level decides over the exit status`() throws {
    let load = ["--rate", "200", "--requests", "20", "--warmup", "0s"]
    #expect(try bench(load[0], load[1], load[2], load[3], "--slo", "p99<60s").status == 0)
    let missed = try bench(load[0], load[1], load[2], load[3], "--slo", "max<1us")
    #expect(missed.status == 1)
    #expect(missed.errors.contains("expected max<1us, got "))
  }

  @Test(arguments: [
    (["single-stream"], "p90_us", 1), (["multi-stream"], "p99_us", 8),
    (["server", "--rate", "500", "--late-share", "1"], "poisson_rate", 1),
    (["offline"], "samples_per_second", 64),
  ])
  func `a scenario has its figure`(words: [String], figure: String, batch: Int) throws {
    let outcome = try Program.digitctl.run(
      ["bench", "--model", "beta", "--warmup", "0s", "--json"]
        + ["--duration", "20ms", "--requests", "20", "--slo", "p99<60s", "--scenario"] + words,
      environment: ["DIGITS_SERVER": served.server.address])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.object?["batch"] as? Int == batch)
    let scenario = try #require(outcome.object?["scenario"] as? [String: Any])
    #expect(scenario["name"] as? String == words[0])
    #expect(scenario["figure"] as? String == figure)
    #expect(try #require(scenario["value"] as? Double) > 0)
    #expect(outcome.object?["requests"] as? Int == 20)
    #expect(outcome.object?["duration_seconds"] as? Double == 0.02)
    #expect(scenario["full_length"] as? Bool == false)
    #expect(scenario["kept"] as? Bool == (words[0] == "server" ? true : nil))
  }

  @Test func `Ctrl-C ends a load, whose figures are told`() throws {
    let program = try LiveProgram(
      .digitctl, "bench", "--server", served.server.address, "--model", "beta", "--warmup", "0s",
      "--duration", "60s", "--interval", "50ms", errors: true)
    try program.wait(for: "answered")
    let (status, rest) = program.interrupt()
    #expect(status == 1)
    #expect(rest.contains("throughput") && rest.contains("it was interrupted"), "\(rest)")
  }
}
