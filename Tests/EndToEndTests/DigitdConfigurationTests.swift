import Foundation
import ProtocolFixtures
import Testing

/// digitd's settings from a file, the environment and the command line.
@Suite(.timeLimit(.minutes(2))) struct DigitdConfigurationTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func file(_ text: String) throws -> String {
    try Data(text.utf8).write(to: folder.url.appending(path: "digitd.json"))
    return folder.path("digitd.json")
  }

  private func digitd(
    _ arguments: String..., environment: [String: String] = [:]
  ) throws -> Program.Outcome {
    try Program.digitd.run(arguments, environment: environment)
  }

  @Test func `a server has what file, environment and command line say, the later the stronger`()
    throws
  {
    let path = try file(
      """
      {
        "workers": 3,
        "loops": 2,
        "log_level": "error",
        "max_images_per_request": 5
      }
      """)
    let server = try RunningServer(
      models: Program.root.appending(path: "Models").path,
      arguments: ["--config", path, "--log-level", "info"],
      environment: ["DIGITD_WORKERS": "2"])
    #expect(server.log.contains("workers=2 loops=2"), "\(server.log)")
    #expect(server.stop() == 0)
  }

  @Test func `every mistake is told with its place, and none of them starts a server`() throws {
    let path = try file("{\n  \"wrokers\": 2,\n  \"batch\": 300,\n  \"listen\": [\"7311\"]\n}\n")
    let outcome = try digitd(
      "--config", path, "--check-config", "--loops", "99",
      environment: ["DIGITD_DRAIN_GRACE": "5"])
    #expect(outcome.status == 2)
    for part in [
      "digitd: 5 mistakes in the settings:",
      "digitd.json:2:3: there is no setting 'wrokers'; did you mean workers?",
      "digitd.json:3:12: invalid value for batch: expected an integer from 1 to 256, got '300'",
      "digitd.json:4:14: invalid value for listen: expected HOST:PORT",
      "invalid value for --loops: expected an integer from 1 to 64, got '99'",
      "invalid value for environment variable DIGITD_DRAIN_GRACE: expected a duration",
    ] {
      #expect(outcome.errors.contains(part), "\(outcome.errors)")
    }
  }

  @Test func `limits of which one leaves another no room are refused`() throws {
    let outcome = try digitd(
      "--check-config", "--max-images", "100", "--max-images-per-request", "200")
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("expected --max-images of at least"), "\(outcome.errors)")
  }

  @Test func `a check says that settings can be used, and what they name is there`() throws {
    let path = try file(#"{"default_model": "tiny"}"#)
    let good = try digitd("--check-config", environment: ["DIGITD_CONFIG": path])
    #expect(good.status == 0)
    #expect(good.output == "the settings can be used\n")
    let bad = try digitd("--check-config", "--config", path, "--default-model", "huge")
    #expect(bad.status == 2)
    #expect(bad.errors.contains("expected --default-model to name one of"), "\(bad.errors)")
    let missing = try digitd("--config", folder.path("none.json"))
    #expect(missing.status == 2)
    #expect(missing.errors.contains("there is no such file"), "\(missing.errors)")
  }

  @Test func `what is printed is a configuration file with every setting`() throws {
    let printed = try digitd(
      "--print-config", "--listen", "127.0.0.1:0", "--http-host", "a\"b", "--workers", "2")
    #expect(printed.status == 0, "\(printed.errors)")
    let object = try #require(printed.object)
    #expect(object["listen"] as? [String] == ["127.0.0.1:0"])
    #expect(object["http_host"] as? [String] == ["a\"b"])
    #expect(object["max_requests"] as? Int == 20_480)
    #expect(object["drain_stall_timeout"] as? String == "3s")
    #expect(object["config"] == nil)
    let again = try digitd("--print-config", "--config", try file(printed.output))
    #expect(again.output == printed.output, "\(again.errors)")
  }

  @Test func `what a file says reaches the terminal escaped`() throws {
    let outcome = try digitd("--config", try file("{\"\\u001b[2J\": 1}"))
    #expect(outcome.errors.contains(#"'\u{1b}[2J'"#), "\(outcome.errors)")
    #expect(!outcome.errors.contains("\u{1b}"))
  }

  @Test func `SIGHUP takes over what may change, and names what may not`() throws {
    let path = try file(#"{"log_level": "info", "drain_grace": "20s"}"#)
    let server = try RunningServer(
      models: Program.root.appending(path: "Models").path, arguments: ["--config", path])
    _ = try file(#"{"log_level": "error", "idle_timeout": "1s", "workers": 7}"#)
    kill(server.processID, SIGHUP)
    server.waitUntilLogged("WARNING setting not changed: restart to change it setting=workers")
    // After this line nothing is said that is no error.
    server.waitUntilLogged("settings changed settings=drain_grace,log_level,idle_timeout")
    let client = WireClient.greeted(port: server.port)
    #expect(client.receive()?.type == .error, "an idle connection is cut after the new time-out")
    #expect(server.stop() == 0)
    #expect(!server.log.contains("stopped"), "\(server.log)")
  }

  @Test func `a file with a mistake changes nothing when it is read again`() throws {
    let path = try file(#"{"log_level": "info"}"#)
    let server = try RunningServer(
      models: Program.root.appending(path: "Models").path, arguments: ["--config", path])
    _ = try file("{\"log_level\": \"error\",\n\"workers\": 0}")
    kill(server.processID, SIGHUP)
    server.waitUntilLogged("settings not reloaded")
    server.waitUntilLogged("digitd.json:2:12: invalid value for workers")
    server.waitUntilLogged("models reloaded")
    #expect(server.stop() == 0)
    #expect(server.log.contains("INFO stopped"))
  }
}
