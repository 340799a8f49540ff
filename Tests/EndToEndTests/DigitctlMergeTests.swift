import Foundation
import Testing

/// `bench` on several servers, and several benches merged into one report.
@Suite(.servesModels, .serialized, .timeLimit(.minutes(2))) struct DigitctlMergeTests {
  private let served: Served

  init() throws { served = try #require(Served.current) }

  private static let counts = ["sent", "answered", "images", "wrong", "warmup_requests", "lost"]
  private static let histograms = [
    "histogram", "service_histogram", "server_queue_histogram", "server_compute_histogram",
  ]

  /// How often each bucket occurs in the reports together, and the sum of their latencies.
  private func sum(_ reports: [[String: Any]], _ name: String) throws -> [Int: Int] {
    var sums: [Int: Int] = [:]
    for report in reports {
      let histogram = try #require(report[name] as? [String: Any])
      for bucket in try #require(histogram["buckets"] as? [[Int]]) {
        sums[bucket[0], default: 0] += bucket[1]
      }
      sums[-1, default: 0] += try #require(histogram["total_ns"] as? Int)
    }
    return sums
  }

  /// Every count and every bucket of the whole is the sum of the parts'.
  private func check(_ whole: [String: Any], is parts: [[String: Any]]) throws {
    for name in Self.counts {
      let sum = try parts.reduce(0) { $0 + (try #require($1[name] as? Int)) }
      #expect(whole[name] as? Int == sum, "\(name)")
    }
    for name in Self.histograms {
      #expect(try sum([whole], name) == sum(parts, name), "\(name)")
    }
  }

  private func write(_ report: Any, as name: String) throws -> String {
    let path = served.folder.path(name)
    try JSONSerialization.data(withJSONObject: report).write(to: URL(filePath: path))
    return path
  }

  @Test(arguments: [["--requests", "999"], ["--rate", "2000", "--duration", "300ms"]])
  func `several servers share a load, and each has figures of its own`(load: [String]) throws {
    let other = try RunningServer(models: served.models)
    defer { #expect(other.stop() == 0) }
    let servers = [served.server.address, other.address]
    let outcome = try Program.digitctl.run(
      [
        "bench", "--server", servers.joined(separator: ","), "--model", "beta", "--warmup", "20ms",
        "--late-share", "1", "--pipeline", "8", "--json",
      ].filter { load[0] == "--rate" || !["--late-share", "1"].contains($0) } + load)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let report = try #require(outcome.object)
    let shares = try #require(report["servers"] as? [[String: Any]])
    #expect(shares.map { $0["server"] as? String } == servers)
    #expect(report["server"] as? String == servers.joined(separator: ","))
    #expect(report["connections"] as? Int == 2)
    #expect(report["threads"] as? Int == 2)
    try check(report, is: shares)
    let answered = shares.map { $0["answered"] as? Int ?? 0 }
    #expect(abs(answered[0] - answered[1]) <= 1, "\(answered)")
    for share in shares {
      let batches = try #require(share["server_batches"] as? [String: Any])
      let warmUp = try #require(share["warmup_requests"] as? Int)
      #expect(batches["images"] as? Int == warmUp + (share["answered"] as? Int ?? 0))
    }
  }

  @Test func `for people the servers stand below the load`() throws {
    let other = try RunningServer(models: served.models)
    defer { #expect(other.stop() == 0) }
    let outcome = try Program.digitctl.run(
      "bench", "--server", "\(served.server.address),\(other.address)", "--model", "beta",
      "--requests", "100", "--warmup", "0s")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let lines = outcome.output.split(separator: "\n").map(String.init)
    #expect(lines.suffix(3).first?.hasPrefix("SERVER") == true, "\(outcome.output)")
    #expect(
      lines.suffix(2).map { String($0.prefix { $0 != " " }) } == [
        served.server.address, other.address,
      ])
  }

  /// Clients that load the server at the same time.
  private func concurrentReports(_ count: Int, _ load: [String] = []) throws -> [[String: Any]] {
    let paths = (0..<count).map { served.folder.path("part-\($0).json") }
    let processes = try paths.map { path in
      let process = Program.digitctl.process(
        ["bench", "--model", "beta", "--duration", "400ms", "--warmup", "0s", "--json"] + load,
        environment: ["DIGITS_SERVER": served.server.address])
      process.currentDirectoryURL = Program.root
      try Data().write(to: URL(filePath: path))
      process.standardOutput = try FileHandle(forWritingTo: URL(filePath: path))
      try process.run()
      return process
    }
    for process in processes { process.waitUntilExit() }
    return try paths.map { path in
      let data = try Data(contentsOf: URL(filePath: path))
      return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }
  }

  @Test func `merged reports are the report of one load, whatever the order of merging`() throws {
    let parts = try concurrentReports(3, ["--rate", "500", "--late-share", "1"])
    let paths = try parts.enumerated().map { try write($1, as: "\($0).json") }
    let outcome = try Program.digitctl.run(["merge", "--json"] + paths)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let whole = try #require(outcome.object)
    try check(whole, is: parts)
    let schedule = try #require(whole["schedule"] as? [String: Any])
    #expect(schedule["to"] as? Double == 1_500)
    #expect(
      try sum([schedule], "lateness_histogram")
        == sum(parts.compactMap { $0["schedule"] as? [String: Any] }, "lateness_histogram"))
    let rates = parts.compactMap { $0["requests_per_second"] as? Double }
    let rate = try #require(whole["requests_per_second"] as? Double)
    #expect(abs(rate - rates.reduce(0, +)) < 1e-6 * rate)

    let two = try Program.digitctl.run("merge", "--json", paths[0], paths[1])
    let pair = try write(try #require(two.object), as: "pair.json")
    let again = try #require(try Program.digitctl.run("merge", "--json", pair, paths[2]).object)
    try check(again, is: [whole])
    #expect(
      (again["latency_us"] as? [String: Double]) == (whole["latency_us"] as? [String: Double]))

    let table = try Program.digitctl.run(["merge"] + paths)
    #expect(table.output.contains("reports         3\n"), "\(table.output)")
  }

  @Test func `reports that do not fit together are refused, and which and why is said`() throws {
    let whole = try #require(try concurrentReports(1).first)
    let first = try write(whole, as: "first.json")
    let refusals: [(change: (inout [String: Any]) -> Void, words: String)] = [
      ({ $0["batch"] = 8 }, "got batch 1 in '\(first)' and 8 in '"),
      (
        { $0["balanced"] = true },
        "got a load without --balance in '\(first)' and with --balance in '"
      ),
      ({ $0["model"] = "alpha" }, "got model beta in '\(first)' and alpha in '"),
      ({ $0["model_version"] = 7 }, "got model version 1 in"),
      ({ $0["deadline_ms"] = 5.5 }, "got deadline none in '\(first)' and 5.5 ms in '"),
      ({ $0["started"] = "2001-01-01T00:00:00Z" }, "expected loads that ran at the same time"),
      ({ $0["started"] = "soon" }, "expected the time of the load in '"),
      ({ $0["lost"] = 5 }, "is damaged: expected an end for each of"),
      ({ $0["images"] = -1 }, "is damaged: expected counts from 0"),
      ({ $0["histogram"] = $0["empty"] }, "expected a report of 'digitctl bench --json'"),
      ({ $0["scenario"] = [:] as [String: Any] }, "expected reports without --scenario"),
    ]
    for (change, words) in refusals {
      var report = whole
      change(&report)
      let second = try write(report, as: "second.json")
      let outcome = try Program.digitctl.run("merge", first, second)
      #expect(outcome.status == 1)
      #expect(outcome.output.isEmpty)
      #expect(outcome.errors.contains(words), "\(outcome.errors)")
      #expect(outcome.errors.split(separator: "\n").count == 1)
    }
    var report = whole
    (report["valid"], report["invalid_reasons"]) = (false, ["it was interrupted"])
    let second = try write(report, as: "second.json")
    let invalid = try Program.digitctl.run("merge", first, second)
    #expect(invalid.status == 1)
    #expect(invalid.output.hasPrefix("INVALID"), "\(invalid.output)")
  }

  @Test func `reports of --balance are merged with their like, and again with those`() throws {
    let parts = try concurrentReports(3, ["--balance", "--rate", "200", "--late-share", "1"])
    let paths = try parts.enumerated().map { try write($1, as: "\($0).json") }
    let two = try #require(
      try Program.digitctl.run("merge", "--json", paths[0], paths[1]).object)
    let pair = try write(two, as: "pair.json")
    let outcome = try Program.digitctl.run("merge", "--json", pair, paths[2])
    #expect(outcome.status == 0, "\(outcome.errors)")
    try check(try #require(outcome.object), is: parts)
  }

  @Test(arguments: [
    (["--sweep", "batch=1,2"], "several servers require one load"),
    (["--threads", "3", "--connections", "3"], "expected as many threads for each of 2 servers"),
    (["--http", "--find-max-rate", "--slo", "p99<5ms"], "several servers require one load"),
  ])
  func `what cannot be done with several servers is refused`(words: [String], why: String) throws {
    let outcome = try Program.digitctl.run(["bench", "--server", "a:1,b:1"] + words)
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains(why), "\(outcome.errors)")
  }
}
