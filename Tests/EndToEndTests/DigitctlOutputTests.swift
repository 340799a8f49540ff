import Foundation
import Testing

/// Where what digitctl prints cannot be written.
@Suite(.servesModels, .serialized, .timeLimit(.minutes(2))) struct DigitctlOutputTests {
  private let served: Served

  init() throws { served = try #require(Served.current) }

  private static let load = ["--model", "beta", "--requests", "50", "--warmup", "0s"]
  /// With a line of progress for every few requests.
  private static let chattyLoad = [
    "--model", "beta", "--rate", "500", "--requests", "150", "--late-share", "1", "--interval",
    "10ms",
  ]

  /// Runs `digitctl bench` in a line of bash, where it is called `bench`.
  private func shell(_ line: String, _ load: [String] = load) throws -> Program.Outcome {
    try Program.digitctl.run(
      load, environment: ["DIGITS_SERVER": served.server.address],
      shell: "set -o pipefail; bench() { \"$0\" bench \"$@\"; }; \(line)")
  }

  @Test(arguments: ["", "--json"])
  func `a full disk is one sentence and a failure`(form: String) throws {
    let outcome = try shell("bench \"$@\" \(form) > /dev/full")
    #expect(outcome.status == 1)
    let sentence = "digitctl: cannot write to standard output: No space left on device"
    #expect(outcome.errors.split(separator: "\n").last.map(String.init) == sentence)
  }

  @Test func `a closed output is one sentence and a failure, and no connection's number`() throws {
    let outcome = try shell("bench \"$@\" --json >&-")
    #expect(outcome.status == 1)
    let sentence = "digitctl: cannot write to standard output: Bad file descriptor\n"
    #expect(outcome.errors == sentence)
  }

  @Test func `a reader who has gone is no news`() throws {
    let outcome = try shell("bench \"$@\" --json | true")
    #expect(outcome.status == 1)
    #expect(outcome.errors.isEmpty)
  }

  @Test(arguments: ["2> /dev/full", "2>&-", "2> >(true)"])
  func `progress that nobody hears is no reason to stop`(redirection: String) throws {
    let outcome = try shell("bench \"$@\" \(redirection)", Self.chattyLoad)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("150 answered"), "\(outcome.output)")
  }

  @Test(arguments: [["--csv", "nowhere/x.csv"], ["--csv", "."], ["--report", "/dev/null/x"]])
  func `where there is no room for files it is said before the load`(files: [String]) throws {
    // Nobody listens there: a load would have failed of that.
    let folder = try TemporaryFolder()
    let outcome = try Program.digitctl.run(
      ["bench", "--server", "127.0.0.1:1"] + files, in: folder.url)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
    #expect(outcome.status == 1)
    let verb = files[0] == "--report" ? "create" : "write"
    #expect(outcome.errors.contains("digitctl: cannot \(verb) "), "\(outcome.errors)")
    #expect(outcome.errors.split(separator: "\n").count == 1)
  }

  @Test func `a file that cannot be written takes nothing from what was found`() throws {
    let folder = try TemporaryFolder()
    let inner = folder.path("d")
    let outcome = try shell(
      "mkdir \(inner); bench \"$@\" --csv \(inner)/x.csv & sleep 0.25; rm -r \(inner); wait $!",
      ["--model", "beta", "--warmup", "0s", "--duration", "500ms", "--slo", "max<1us"])
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("throughput"), "\(outcome.output)")
    #expect(outcome.errors.contains("expected max<1us, got"), "\(outcome.errors)")
    #expect(outcome.errors.contains("cannot write"), "\(outcome.errors)")
  }

  @Test func `digitlab ends in the same way`() throws {
    let outcome = try Program.digitlab.run(["--help"], shell: "\"$0\" \"$@\" > /dev/full")
    #expect(outcome.status == 1)
    #expect(outcome.errors.hasPrefix("digitlab: cannot write to standard output: "))
  }
}
