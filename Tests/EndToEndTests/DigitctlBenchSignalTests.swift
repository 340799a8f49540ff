import DigitWire
import EventLoop
import Foundation
import ScriptedServers
import Testing

/// How `bench` ends by signals, in every mode and phase.
@Suite(.timeLimit(.minutes(2))) struct DigitctlBenchSignalTests {
  /// A server that answers so many requests and then none any more: there a load stands still.
  private final class StandingServer: Sendable {
    private let seen = Guarded(0)

    func script(_ answerCount: Int) -> ScriptedServer.Script {
      { frame, peer in
        guard frame.predict != nil else { return peer.refuse(frame, .overloaded) }
        let number = self.seen.withLock { seen in
          seen += 1
          return seen
        }
        if number <= answerCount { peer.answer(frame, as: 1) }
      }
    }

    /// Returns when a request has come that is not answered.
    func waitUntilStanding(_ answerCount: Int) {
      while seen.withLock(\.self) <= answerCount { usleep(5_000) }
    }
  }

  private struct Bench {
    let process: Process
    private let files: TemporaryFolder

    init(_ words: [String], _ server: ScriptedServer) throws {
      files = try TemporaryFolder()
      let names = words.contains("--pair") ? [server.address, server.address] : []
      let address = names.isEmpty ? ["--server", server.address] : []
      process = Program.digitctl.process(["bench", "--timeout", "50s"] + address + words + names)
      for path in ["output", "errors"].map(files.path) { try Data().write(to: URL(filePath: path)) }
      process.standardOutput = FileHandle(forWritingAtPath: files.path("output"))
      process.standardError = FileHandle(forWritingAtPath: files.path("errors"))
      try process.run()
    }

    func send(_ signals: Int32...) {
      for signal in signals { kill(process.processIdentifier, signal) }
    }

    /// What it printed until its end.
    func end() throws -> String {
      process.waitUntilExit()
      return try ["output", "errors"]
        .map { try String(contentsOfFile: files.path($0), encoding: .utf8) }.joined()
    }
  }

  private static let modes: [(words: String, result: String)] = [
    ("--requests 1000 --warmup 0s", "it was interrupted"),
    ("--duration 60s --warmup 0s", "it was interrupted"),
    ("--rate 500 --duration 60s --warmup 0s --pipeline 8", "it was interrupted"),
    ("--scenario multi-stream --requests 1000 --warmup 0s", "it was interrupted"),
    ("--sweep batch=1,2,3,4,5,6 --requests 20 --warmup 0s", "BATCH  REQUESTS/S"),
    (
      "--find-max-rate --slo max<1m --rate 500 --requests 20 --repeats 1 --late-share 1 "
        + "--warmup 0s",
      "could not decide: the search ended early"
    ),
    ("--pair --requests 20 --warmup 0s", "it was interrupted"),
  ]

  @Test(arguments: modes, [(10, SIGINT), (70, SIGTERM)])
  func `the first signal ends a bench with what it has, in its first load and in later ones`(
    mode: (words: String, result: String), phase: (answerCount: Int, signal: Int32)
  ) throws {
    let standing = StandingServer()
    let server = try ScriptedServer(script: standing.script(phase.answerCount))
    let bench = try Bench(mode.words.split(separator: " ").map(String.init), server)
    standing.waitUntilStanding(phase.answerCount)
    bench.send(phase.signal)
    let text = try bench.end()
    #expect(bench.process.terminationReason == .exit && bench.process.terminationStatus == 1)
    #expect(text.contains(mode.result), "\(text)")
  }

  @Test(arguments: modes)
  func `the second signal ends it at once`(mode: (words: String, result: String)) throws {
    let standing = StandingServer()
    let server = try ScriptedServer(script: standing.script(70))
    let bench = try Bench(mode.words.split(separator: " ").map(String.init), server)
    standing.waitUntilStanding(70)
    bench.send(SIGINT, SIGTERM)
    _ = try bench.end()
    #expect(bench.process.terminationReason == .uncaughtSignal)
  }

  @Test(arguments: modes)
  func `a signal ends it while it connects`(mode: (words: String, result: String)) throws {
    let greeted = Guarded(false)
    let server = try ScriptedServer(welcome: nil) { _, _ in greeted.withLock { $0 = true } }
    let bench = try Bench(mode.words.split(separator: " ").map(String.init), server)
    while !greeted.withLock(\.self) { usleep(5_000) }
    bench.send(SIGTERM)
    let text = try bench.end()
    #expect(bench.process.terminationReason == .exit && bench.process.terminationStatus == 1)
    #expect(text.contains("interrupted"), "\(text)")
  }
}
