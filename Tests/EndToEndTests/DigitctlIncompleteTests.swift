import Foundation
import ScriptedServers
import Testing

/// What `bench` says of loads that were not answered as they should have been.
@Suite(.timeLimit(.minutes(1))) struct DigitctlIncompleteTests {
  /// Runs `bench` against a script for the requests; everything else is refused.
  private func bench(
    _ arguments: String..., script: @escaping ScriptedServer.Script
  ) throws -> Program.Outcome {
    let server = try ScriptedServer { frame, peer in
      if frame.predict == nil { peer.refuse(frame, .overloaded) } else { script(frame, peer) }
    }
    return try Program.digitctl.run(["bench", "--server", server.address] + arguments)
  }

  @Test func `second answers are told as what they are`() throws {
    let outcome = try bench("--requests", "100", "--warmup", "0s") { frame, peer in
      peer.kept.append(frame)
      for _ in 0..<(peer.kept.count == 10 ? 2 : 1) { peer.answer(frame, as: 1) }
    }
    #expect(outcome.status == 1)
    let first = outcome.output.split(separator: "\n").first ?? ""
    #expect(first.hasPrefix("INVALID ") && first.contains("requests were answered twice"))
    #expect(!outcome.errors.contains("INVALID"), "said once: \(outcome.errors)")
    #expect(!outcome.errors.contains("expected an answer to each"), "\(outcome.errors)")
  }

  @Test func `what the warm-up lost is told of the warm-up`() throws {
    let outcome = try bench("--requests", "10", "--warmup", "50ms") { frame, peer in
      if peer.kept.isEmpty { peer.refuse(frame, .overloaded) } else { peer.answer(frame, as: 1) }
      peer.kept = [frame]
    }
    #expect(outcome.status == 1)
    let sentence = /expected an answer to each of \d+ requests of the warm-up, got \d+; 1 were/
    #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
    #expect(!outcome.errors.contains("requests, got"), "\(outcome.errors)")
  }

  @Test func `the slowest request is in the chart of percentiles`() throws {
    let folder = try TemporaryFolder()
    let outcome = try bench(
      "--requests", "20", "--warmup", "0s", "--report", folder.path("report")
    ) { frame, peer in
      if peer.kept.count == 9 { usleep(200_000) }
      peer.kept.append(frame)
      peer.answer(frame, as: 1)
    }
    #expect(outcome.status == 0, "\(outcome.errors)")
    let chart = try String(
      contentsOfFile: folder.path("report/percentiles.svg"), encoding: .utf8)
    // A mark near 200 ms; those near the second slowest are far below.
    #expect(chart.contains(/>(100|200|500|1,000)</))
  }

  @Test func `a load without an answer has a report all the same`() throws {
    let folder = try TemporaryFolder()
    let outcome = try bench(
      "--requests", "20", "--warmup", "0s", "--report", folder.path("report")
    ) { $1.refuse($0, .overloaded) }
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("got 0; 20 were refused"), "\(outcome.errors)")
    #expect(!outcome.errors.contains("gnuplot"), "\(outcome.errors)")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("report"))
    #expect(names.contains("report.html") && names.contains("timeline.svg"))
    let page = try String(contentsOfFile: folder.path("report/report.html"), encoding: .utf8)
    #expect(page.contains("<b>Incomplete</b>"))
  }
}
