import Foundation
import Testing

@Suite(.timeLimit(.minutes(1))) struct DigitctlCommandLineTests {
  private static let verbs = [
    [], ["predict"], ["evaluate"], ["bench"], ["compare"], ["merge"], ["models"], ["stats"],
    ["top"], ["ping"], ["health"],
  ]

  @Test(arguments: verbs)
  func `help is printed and is no failure`(_ words: [String]) throws {
    let outcome = try Program.digitctl.run(words + ["--help"])
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("Usage: \((["digitctl"] + words).joined(separator: " "))"))
    #expect(outcome.errors.isEmpty)
  }

  @Test func `help of bench names its defaults`() throws {
    let help = try Program.digitctl.run("bench", "--help").output
    let words = help.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    for part in [
      "(default: 5s; 600s with --scenario, 2s a try with --find-max-rate",
      "(default with --scenario server: p99<15ms)", "270,336 queries", "(default: 10s)",
      "with --find-max-rate, whatever became of single tries",
    ] {
      #expect(words.contains(part), "\(part)")
    }
  }

  @Test(arguments: verbs)
  func `the version is printed`(_ words: [String]) throws {
    let outcome = try Program.digitctl.run(words + ["--version"])
    #expect(outcome.status == 0)
    #expect(outcome.output.wholeMatch(of: /digitctl \d+\.\d+\.\d+\n/) != nil)
  }

  @Test(arguments: [
    ([], "expected a command"),
    (["evalute"], "did you mean evaluate?"),
    (["evaluate", "--batch", "0"], "an integer from 1 to 65535"),
    (["evaluate", "--min-accuracy", "2"], "a number from 0 to 1"),
    (["evaluate", "--pipelin", "2"], "did you mean --pipeline?"),
    (["evaluate", "--images", "x"], "--images requires --labels"),
    (["ping", "--server", "nowhere"], "expected HOST:PORT"),
    (["bench", "--requests", "1", "--duration", "1s"], "--duration or --requests, got both"),
    (["bench", "--server", "nowhere"], "expected HOST:PORT"),
    (["bench", "--connections", "0"], "an integer from 1 to 10000"),
    (["bench", "--duration", "5"], "a duration with its unit (ns, us, ms, s, m or h)"),
    (["bench", "--rate", "9", "--ramp", "1:2:3s"], "expected one of --rate and --ramp"),
    (["bench", "--ramp", "1:2"], "two rates and a duration"),
    (["bench", "--sweep", "speed=1"], "concurrency=N,N…, rate=R,R… or batch=N,N…"),
    (
      ["bench", "--sweep", "concurrency=3", "--connections", "2"],
      "a concurrency that 2 connections can share"
    ),
    (["bench", "--find-max-rate"], "requires --slo"),
    (["bench", "--slo", "p99<5ms", "--pair", "a:1", "b:1"], "--slo requires one load"),
    (["bench", "--sweep", "rate=1e-300"], "concurrency=N,N…, rate=R,R… or batch=N,N…"),
    (["bench", "--ramp", "0:1e-300:1s"], "two rates and a duration"),
    (
      ["bench", "--rate", "9", "--arrivals", "poisson", "--requests", "10000001"],
      "at most 10000000 requests that arrive at random"
    ),
    (["bench", "--slo", "p99=5ms"], "a bound such as p99<5ms"),
    (["bench", "--scenario", "server"], "--scenario server requires --rate"),
    (["bench", "--scenario", "offline", "--rate", "1"], "sets when requests are sent, got --r"),
    (["bench", "--scenario", "offline", "--pair"], "expected one of --scenario and --pair"),
    (["bench", "--pair", "127.0.0.1:1"], "expected two servers after --pair, got 1"),
    (["bench", "--data", "ones"], "expected random or zero, got 'ones'"),
    (["bench", "--data", "zero", "--images", "x"], "expected --data or --images and --labels"),
    (["bench", "--csv", ""], "expected a file's name after --csv"),
    (["bench", "--report", ""], "expected a folder's name after --report"),
    (["bench", "127.0.0.1:1"], "expected --pair before two servers"),
    (["compare", "a.json"], "<AFTER> is required"),
    (["health", "--server", "nowhere"], "expected HOST:PORT"),
    (["stats", "--watch", "0s"], "(ns, us, ms, s, m or h) from 10ms to 1h"),
    (["predict"], "expected picture files, --index or --random"),
    (["predict", "a.png", "--index", "7"], "only one of these"),
    (["models", "7"], "unexpected argument '7'"),
  ])
  func `a command line that cannot be understood has status 2`(
    _ arguments: [String], _ complaint: String
  ) throws {
    let outcome = try Program.digitctl.run(arguments)
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains(complaint), "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
  }

  @Test func `where the test images are missing it is said what to do`() throws {
    let folder = try TemporaryFolder()
    let outcome = try Program.digitctl.run(
      ["evaluate"], environment: ["HOME": folder.url.path, "XDG_CACHE_HOME": ""],
      in: folder.url)
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("run ./dev fetch-mnist"))
    #expect(outcome.errors.contains("\(folder.url.path)/.cache/digits/mnist"))
  }
}
