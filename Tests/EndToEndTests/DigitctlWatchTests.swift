import Foundation
import Testing

@Suite(.timeLimit(.minutes(1))) struct DigitctlWatchTests {
  private static let models = Program.root.appending(path: "Models").path
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A Unix socket, so that a server can come back at the same address.
  private var address: String { "unix:\(folder.path("socket"))" }

  private func start() throws -> RunningServer {
    try RunningServer(models: Self.models, arguments: ["--listen", address])
  }

  @Test func `stats are a table for people and an object for programs`() throws {
    let server = try start()
    for address in server.addresses {
      let outcome = try Program.digitctl.run("stats", "--server", address)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.output.hasPrefix("\(address), up "))
      let rows = outcome.output.split(separator: "\n")
      #expect(rows[1].wholeMatch(of: /FIGURE +VALUE/) != nil)
      #expect(rows.contains { $0.wholeMatch(of: /requests received +\d+/) != nil })
      #expect(rows.contains { $0.wholeMatch(of: /received bytes +\S+ k?B/) != nil })
    }
    let report = try #require(
      try Program.digitctl.run("stats", "--server", address, "--json").object)
    #expect(Set(report.keys) == ["uptime_seconds", "figures", "models"])
    let figures = try #require(report["figures"] as? [String: Int])
    #expect(figures["connections_accepted"] == 3)
    #expect(figures["connections_open"] == 1)
    #expect(server.stop() == 0)
  }

  @Test func `watched stats have rates, and outlive the server`() throws {
    var server = try start()
    let watch = try LiveProgram(
      .digitctl, "stats", "--server", address, "--watch", "50ms", errors: true)
    try watch.wait(for: "PER SECOND")
    // One STATS every 50 ms: twenty a second, of which a busy machine may lose some.
    try watch.wait(for: "requests received")
    #expect(server.stop() == 0)
    try watch.wait(for: "digitctl: ")
    server = try start()
    try watch.wait(for: "FIGURE")
    try watch.wait(for: "PER SECOND")
    #expect(watch.interrupt().status == 0)
    #expect(server.stop() == 0)
  }

  @Test func `top tells what the server does, and ends with the server's health`() throws {
    let server = try start()
    let top = try LiveProgram(.digitctl, "top", "--server", address, "--interval", "50ms")
    try top.wait(for: "\(address), up ")
    try top.wait(for: "images a batch")
    // The second picture has rates.
    try top.wait(for: "/s")
    #expect(top.interrupt().status == 0)
    #expect(server.stop() == 0)
    let outcome = try Program.digitctl.run("top", "--server", address)
    #expect(outcome.status == 1)
  }

  @Test func `a rate is what a counter rose by in a second`() throws {
    let server = try start()
    let watch = try LiveProgram(
      .digitctl, "stats", "--server", address, "--watch=200ms", "--json")
    try watch.wait(for: "per_second")
    let bench = try Program.digitctl.run(
      "bench", "--server", address, "--duration", "1s", "--warmup", "0s", "--json")
    #expect(bench.status == 0, "\(bench.errors)")
    try watch.wait(for: "\n")
    let (status, rest) = watch.interrupt()
    #expect(status == 0)
    struct Line: Decodable {
      var figures: [String: Double]
      var rates: [String: Double]
      var uptime: Double

      enum CodingKeys: String, CodingKey {
        case figures
        case rates = "per_second"
        case uptime = "uptime_seconds"
      }
    }
    let lines = rest.split(separator: "\n").compactMap {
      try? JSONDecoder().decode(Line.self, from: Data($0.utf8))
    }
    let images = lines.map { $0.figures["images_inferred"]! }
    #expect(images.last! > images[0], "something was counted")
    for (index, line) in lines.enumerated().dropFirst() {
      let seconds = line.uptime - lines[index - 1].uptime
      let rate = line.rates["images_inferred"]!
      #expect(abs(rate * seconds - (images[index] - images[index - 1])) < 1)
    }
    #expect(server.stop() == 0)
  }

  @Test func `a watched ping says that the server is gone, and goes on when it is back`() throws {
    var server = try start()
    let watch = try LiveProgram(.digitctl, "ping", "--server", address, "--watch", "20ms")
    try watch.wait(for: "3: ")
    #expect(server.stop() == 0)
    try watch.wait(for: "no answer: ")
    server = try start()
    try watch.wait(for: "connected anew")
    try watch.wait(for: "\n")
    let (status, rest) = watch.interrupt()
    #expect(status == 0)
    let summary = try #require(rest.split(separator: "\n").last)
    #expect(summary.hasPrefix("\(address): "))
    #expect(summary.contains(" answered  p50 "))
    #expect(server.stop() == 0)
  }

  @Test func `a watched ping without its server ends in failure`() throws {
    let server = try start()
    let watch = try LiveProgram(
      .digitctl, "ping", "--server", address, "--watch", "20ms", "--json")
    try watch.wait(for: "latency_us")
    #expect(server.stop() == 0)
    try watch.wait(for: "reason")
    try watch.wait(for: "\n")
    let (status, rest) = watch.interrupt()
    #expect(status == 1)
    let last = try #require(rest.split(separator: "\n").last)
    let summary = try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any]
    let sent = try #require(summary?["sent"] as? Int)
    #expect((1..<sent).contains(try #require(summary?["answered"] as? Int)))
    #expect((summary?["latency_us"] as? [String: Double])?["p50"] != nil)
  }

  @Test func `health is an exit status, and needs no token`() throws {
    let token = folder.path("token")
    try "open sesame".write(toFile: token, atomically: true, encoding: .utf8)
    let server = try RunningServer(
      models: Self.models, arguments: ["--listen", address, "--token-file", token])
    for address in server.addresses {
      for (arguments, probe) in [([], "live"), (["--ready"], "ready")] as [([String], String)] {
        let words = ["health", "--server", address] + arguments
        let outcome = try Program.digitctl.run(words)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output == "\(probe)\n")
        let report = try #require(try Program.digitctl.run(words + ["--json"]).object)
        #expect(report["healthy"] as? Bool == true)
        #expect(report["probe"] as? String == probe)
      }
    }
    #expect(server.stop() == 0)
    let outcome = try Program.digitctl.run("health", "--server", address)
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("cannot connect to \(address)"))
    let report = try Program.digitctl.run("health", "--server", address, "--json")
    #expect(report.status == 1)
    #expect(report.object?["healthy"] as? Bool == false)
  }
}
