import Foundation
import Testing

/// `digitctl bench --http` against digitd's own HTTP port.
@Suite(.timeLimit(.minutes(2)))
struct DigitctlHTTPBenchTests {
  private static let load = [
    "bench", "--batch", "2", "--connections", "3", "--pipeline", "4", "--requests", "600",
    "--warmup", "0s", "--json",
  ]

  private func withServer(
    _ arguments: String..., body: (_ binary: String, _ http: String) throws -> Void
  ) throws {
    let models = Program.root.appending(path: "Models").path
    let server = try RunningServer(
      models: models, arguments: ["--http", "127.0.0.1:0"] + arguments)
    defer { #expect(server.stop() == 0) }
    let http = try #require(server.log.firstMatch(of: /http=http:\/\/([0-9.:]+)\//))
    try body(server.address, String(http.1))
  }

  @Test func `a load over HTTP is answered as one over the binary protocol`() throws {
    try withServer { binary, http in
      let first = try Program.digitctl.run(Self.load + ["--server", binary])
      let second = try Program.digitctl.run(Self.load + ["--http", "--server", http])
      #expect(first.status == 0 && second.status == 0, "\(first.errors)\(second.errors)")
      let (plain, web) = (try #require(first.object), try #require(second.object))
      #expect(plain["protocol"] as? String == "binary" && web["protocol"] as? String == "http")
      for key in ["model", "model_version", "precision", "answered", "images", "wrong"] {
        #expect("\(plain[key] ?? "none")" == "\(web[key] ?? "nothing")", "\(key)")
      }
    }
  }

  @Test func `what the HTTP port refuses is counted, and the bench fails`() throws {
    try withServer { _, http in
      let outcome = try Program.digitctl.run([
        "bench", "--http", "--server", http, "--batch", "300", "--requests", "3", "--warmup", "0s",
        "--json",
      ])
      #expect(outcome.status == 1)
      let refused = try #require(outcome.object?["refused"] as? [String: Int])
      #expect(refused.values.reduce(0, +) == 3)
    }
  }

  @Test func `the binary port is no HTTP port, and the other way round`() throws {
    try withServer { binary, http in
      let first = try Program.digitctl.run(["bench", "--http", "--server", binary])
      #expect(first.status != 0 && first.errors.contains("--http needs the port of"))
      let second = try Program.digitctl.run(["bench", "--server", http])
      #expect(second.status != 0 && second.errors.contains("expected a Digits server"))
    }
  }

  @Test func `where nobody listens the HTTP port is named`() throws {
    let outcome = try Program.digitctl.run(["bench", "--http", "--server", "127.0.0.1:1"])
    #expect(outcome.status != 0)
    #expect(outcome.errors.contains("Start it with 'digitd --http 127.0.0.1:1'"))
  }
}
