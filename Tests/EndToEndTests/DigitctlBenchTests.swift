import Foundation
import Testing

@Suite(.servesModels, .serialized, .timeLimit(.minutes(2))) struct DigitctlBenchTests {
  private let served: Served

  init() throws { served = try #require(Served.current) }

  private static let reportKeys: Set = [
    "server", "protocol", "started", "requests", "warmup_seconds",
    "model", "model_version", "precision", "batch", "connections", "pipeline", "threads",
    "seconds", "sent", "answered", "refused", "lost", "abandoned", "images", "wrong",
    "accuracy",
    "requests_per_second", "images_per_second",
    "latency_us", "server_queue_us", "server_compute_us", "client_busy", "client_waiting",
    "limited_by_client", "warmup_requests", "connections_lost", "timed_out", "duplicates",
    "strays", "service_us", "server_batches", "valid", "invalid_reasons", "intervals",
    "histogram", "service_histogram", "server_queue_histogram", "server_compute_histogram",
  ]

  @Test(arguments: ["random", "zero"])
  func `invented images are sent, and no answer is compared`(kind: String) throws {
    let outcome = try served.digitctl(
      "bench", "--model", "beta", "--data", kind, "--batch", "7", "--requests", "300",
      "--warmup", "0s", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let report = try #require(outcome.object)
    #expect(report["images"] as? Int == 2_100)
    #expect(report["accuracy"] == nil)
    #expect(report["wrong"] as? Int == 0)
  }

  @Test(arguments: [[1, 1, 1], [1, 8, 8], [64, 2, 4], [10, 3, 256]])
  func `the 10,000 test images by load are read as by evaluation`(shape: [Int]) throws {
    // beta is mlp-50-50, which reads 130 of the 10,000 wrongly.
    let wanted = 10_000 / shape[0]
    let outcome = try served.digitctl(
      "bench", "--model", "beta", "--batch", "\(shape[0])", "--connections", "\(shape[1])",
      "--pipeline", "\(shape[2])", "--requests", "\(wanted)", "--warmup", "0s", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let report = try #require(outcome.object)
    #expect(Set(report.keys) == Self.reportKeys)
    #expect(report["server"] as? String == served.server.address)
    #expect(report["requests"] as? Int == wanted)
    #expect(report["warmup_seconds"] as? Double == 0)
    let started = try Date(try #require(report["started"] as? String), strategy: .iso8601)
    #expect((-60...1).contains(started.timeIntervalSinceNow))
    #expect(report["model"] as? String == "beta")
    #expect(report["sent"] as? Int == wanted)
    #expect(report["answered"] as? Int == wanted)
    #expect(report["lost"] as? Int == 0)
    #expect((report["refused"] as? [String: Int])?.isEmpty == true)
    #expect(report["images"] as? Int == wanted * shape[0])
    #expect(report["warmup_requests"] as? Int == 0)
    // Batches of 64 leave 16 of the images out.
    let wrong = try #require(report["wrong"] as? Int)
    #expect((shape[0] == 64 ? 112...132 : 128...132).contains(wrong))
    for key in ["latency_us", "service_us", "server_queue_us", "server_compute_us"] {
      let spread = try #require(report[key] as? [String: Double])
      let figures = try ["p50", "p90", "p99", "p999", "max"].map { try #require(spread[$0]) }
      #expect(figures == figures.sorted())
    }
  }

  @Test func `for people the report is a table`() throws {
    let outcome = try served.digitctl(
      "bench", "--pipeline", "4", "--duration", "100ms", "--warmup", "20ms")
    #expect(outcome.status == 0, "\(outcome.errors)")
    for part in [
      "requests/s", "images/s", "p99.9", "0 refused, 0 lost, 0 abandoned", "wrong", "busy",
    ] {
      #expect(outcome.output.contains(part))
    }
  }

  @Test func `threads share the load`() throws {
    let outcome = try served.digitctl(
      "bench", "--model", "beta", "--threads", "2", "--connections", "3", "--pipeline", "4",
      "--requests", "1001", "--warmup", "0s", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let report = try #require(outcome.object)
    #expect(report["threads"] as? Int == 2)
    #expect(report["connections"] as? Int == 3)
    #expect(report["answered"] as? Int == 1_001)
  }

  @Test(arguments: [
    (["--duration", "300ms", "--interval", "50ms"], ["percentiles", "timeline"], "/s, p99 "),
    (["--duration", "100ms", "--slo", "p50<9s"], ["percentiles", "timeline"], ">p50&lt;9s</t"),
    (
      ["--rate", "200", "--requests", "50", "--late-share", "1"], ["percentiles", "timeline"],
      "Latency counts from"
    ),
    (["--sweep", "concurrency=1,2,4", "--duration", "50ms"], ["curve"], "<td>4</td>"),
    (
      ["--sweep", "concurrency=1,2", "--duration", "50ms", "--slo", "max<9s"], ["curve"],
      "<b>Bound kept</b> <span>2 of 2 loads have max&lt;9s"
    ),
  ])
  func `a report is a page with its charts and figures`(
    load: [String], charts: [String], words: String
  ) throws {
    let folder = try TemporaryFolder()
    let outcome = try Program.digitctl.run(
      ["bench", "--model", "beta", "--warmup", "0s", "--json"] + load
        + ["--report", folder.path("report")],
      environment: ["DIGITS_SERVER": served.server.address])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("report"))
    let pictures = charts.flatMap { ["\($0).png", "\($0).svg"] }
    #expect(names.sorted() == (pictures + ["report.html", "report.json"]).sorted())
    let page = try String(contentsOfFile: folder.path("report/report.html"), encoding: .utf8)
    #expect(page.contains(words))
    let figures = try String(contentsOfFile: folder.path("report/report.json"), encoding: .utf8)
    #expect(figures == outcome.output)
  }

  @Test(arguments: [
    (["--threads", "2"], "expected a connection for each of 2 threads, got 1"),
    (["--report", "x", "--pair", "a:1", "b:1"], "--report requires one load, --scenario or"),
    (
      ["--scenario", "single-stream", "--threads", "2", "--connections", "2"],
      "--scenario single-stream has one connection"
    ),
  ])
  func `what cannot be is refused before anything is sent`(
    arguments: [String], reason: String
  ) throws {
    let outcome = try Program.digitctl.run(["bench"] + arguments)
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains(reason), "\(outcome.errors)")
  }

  @Test(arguments: [
    (["--pipeline", "257"], "expected at most 256 requests in flight"),
    (["--batch", "257"], "expected at most 256 images"),
    (["--model", "gamma"], "expected a model that the server has (alpha, beta), got 'gamma'"),
    (["--server", "127.0.0.1:1"], "Is digitd running there?"),
  ])
  func `a load that cannot be driven is one sentence and exit status 1`(
    arguments: [String], sentence: String
  ) throws {
    let outcome = try Program.digitctl.run(
      ["bench"] + arguments, environment: ["DIGITS_SERVER": served.server.address])
    #expect(outcome.status == 1)
    #expect(outcome.errors.hasPrefix("digitctl: "))
    #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
    #expect(outcome.errors.split(separator: "\n").count == 1)
  }
}
