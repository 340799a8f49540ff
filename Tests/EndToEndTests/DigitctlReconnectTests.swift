import Foundation
import Testing

/// `bench --reconnect` and `--balance` over a server's end.
@Suite(.serialized, .timeLimit(.minutes(2))) struct DigitctlReconnectTests {
  private static let models = Program.root.appending(path: "Models").path

  /// Runs a load, and `act` once it is under way.
  private func load(
    _ words: [String], act: () throws -> Void
  ) throws -> (status: Int32, output: String) {
    let folder = try TemporaryFolder()
    let files = ["output", "errors"].map { folder.url.appending(path: $0) }
    for file in files { try Data().write(to: file) }
    let process = Program.digitctl.process(
      [
        "bench", "--model", "mlp-50-50", "--rate", "200", "--warmup", "0s", "--interval", "20ms",
        "--late-share", "1",
      ] + words)
    process.currentDirectoryURL = Program.root
    process.standardOutput = try FileHandle(forWritingTo: files[0])
    process.standardError = try FileHandle(forWritingTo: files[1])
    try process.run()
    // A line of progress for the first interval.
    while process.isRunning, try String(contentsOf: files[1], encoding: .utf8).isEmpty {
      usleep(5_000)
    }
    try act()
    process.waitUntilExit()
    return (process.terminationStatus, try String(contentsOf: files[0], encoding: .utf8))
  }

  @Test(arguments: [SIGKILL, SIGTERM], [["--connections", "1"], ["--connections", "3"]])
  func `a load goes on over a server's end and restart, and nothing is lost`(
    signal: Int32, connections: [String]
  ) throws {
    let first = try RunningServer(models: Self.models)
    var second: RunningServer?
    defer { second?.end(by: SIGKILL) }
    let outcome = try load(
      [
        "--server", first.address, "--reconnect", "--requests", "1000", "--pipeline", "4",
        "--timeout", "60s",
      ] + connections
    ) {
      first.end(by: signal)
      second = try RunningServer(models: Self.models, arguments: ["--listen", first.address])
    }
    #expect(outcome.status == 0, "\(outcome.output)")
    #expect(
      outcome.output.contains("1000 sent: 1000 answered, 0 refused, 0 lost, 0 abandoned"),
      "\(outcome.output)")
    let outage = try #require(
      outcome.output.firstMatch(
        of: /outage 1 .*: first answer after .*; (\d+) lost, (\d+) refused, (\d+) sent again/))
    let counts = try [outage.1, outage.2, outage.3].map { try #require(Int($0)) }
    #expect(counts[2] == counts[0] + counts[1])
    if signal == SIGTERM { #expect(counts[0] == 0, "what is in flight is answered") }
  }

  @Test func `a server that does not come back ends the load, which says so`() throws {
    let server = try RunningServer(models: Self.models)
    let outcome = try load(
      [
        "--server", server.address, "--reconnect", "--requests", "1000", "--pipeline", "4",
        "--timeout", "300ms",
      ]
    ) { server.end(by: SIGKILL) }
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("no answer after it"), "\(outcome.output)")
    #expect(outcome.output.contains("scheduled requests were never sent"), "\(outcome.output)")
  }

  @Test func `a balanced load loses nothing when one of two servers is killed`() throws {
    let servers = try (0..<2).map { _ in try RunningServer(models: Self.models) }
    defer { servers[1].end(by: SIGKILL) }
    // It shows no progress, but has a connection once it is under way.
    let idle = servers[0].descriptors.count
    Thread.detachNewThread {
      while servers[0].descriptors.count <= idle { usleep(5_000) }
      servers[0].end(by: SIGKILL)
    }
    let outcome = try Program.digitctl.run(
      "bench", "--balance", "--model", "mlp-50-50", "--rate", "300", "--requests", "900",
      "--warmup", "0s", "--late-share", "1", "--json", "--server",
      servers.map(\.address).joined(separator: ","))
    #expect(outcome.status == 0, "\(outcome.errors)")
    let report = try #require(outcome.object)
    #expect(report["answered"] as? Int == 900)
    #expect((report["answered_by_version"] as? [String: Int]) == ["1": 900])
    #expect(report["images"] as? Int == 900)
  }
}
