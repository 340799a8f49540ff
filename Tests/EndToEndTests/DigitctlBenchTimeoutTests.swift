import DigitWire
import Foundation
import ProtocolFixtures
import ScriptedServers
import Testing

/// `bench` against servers that stall, flood or lie.
@Suite(.timeLimit(.minutes(1))) struct DigitctlBenchTimeoutTests {
  private func bench(
    _ server: ScriptedServer, _ arguments: String...
  ) throws -> (outcome: Program.Outcome, took: Duration) {
    let began = ContinuousClock.now
    let outcome = try Program.digitctl.run(
      ["bench", "--server", server.address, "--timeout", "300ms", "--warmup", "0s"] + arguments)
    return (outcome, ContinuousClock.now - began)
  }

  /// What a hostile server does with a PREDICT.
  private static let hostilities: [(name: String, script: ScriptedServer.Script)] = [
    ("nothing was answered", { _, _ in }),
    (
      "nothing was answered",
      { frame, peer in
        // Answers to requests that were never sent are no answer, however many.
        let result = PredictResult(
          modelVersion: 1, queueMicroseconds: 1, computeMicroseconds: 1, imageCount: 1,
          returns: .topOne, classCount: 10)
        let payload = result.payload([TopOne(label: 1, probability: 1)])
        for id in 0..<10_000 {
          peer.send(result.header(requestID: 1 << 40 | UInt64(id)), payload)
        }
      }
    ),
    (
      "the server sent GOAWAY",
      { _, peer in
        for _ in 0..<100 { peer.send(GoAway(reason: .shutdown, graceMilliseconds: 1)) }
      }
    ),
    (
      "expected a RESULT of 1 images, got one of 2",
      { frame, peer in
        let result = PredictResult(
          modelVersion: 1, queueMicroseconds: 1, computeMicroseconds: 1, imageCount: 2,
          returns: .topOne, classCount: 10)
        let twice = Array(repeating: TopOne(label: 1, probability: 1), count: 2)
        peer.send(result.header(requestID: frame.id), result.payload(twice))
      }
    ),
  ]

  @Test(arguments: 0..<4, ["--requests 100", "--duration 40s", "--rate 100 --duration 40s"])
  func `a hostile server ends a load after the time-out`(hostility: Int, load: String) throws {
    let (trouble, script) = Self.hostilities[hostility]
    let server = try ScriptedServer { frame, peer in
      if frame.predict == nil { peer.refuse(frame, .overloaded) } else { script(frame, peer) }
    }
    let words = load.split(separator: " ").map(String.init)
    let began = ContinuousClock.now
    let outcome = try Program.digitctl.run(
      ["bench", "--server", server.address, "--timeout", "300ms", "--warmup", "0s"] + words)
    #expect(outcome.status == 1)
    // The load alone would take 40 s.
    #expect(ContinuousClock.now - began < .seconds(30))
    #expect((outcome.output + outcome.errors).contains(trouble), "\(outcome.output)")
  }

  @Test func `a server that never says WELCOME is given up after the time-out`() throws {
    let server = try ScriptedServer(welcome: nil) { _, _ in }
    let (outcome, _) = try bench(server, "--requests", "1")
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("WELCOME within 0.3 seconds"), "\(outcome.errors)")
  }

  @Test func `what the client gives up on is abandoned, not lost`() throws {
    let server = try ScriptedServer { frame, peer in
      if frame.predict == nil { peer.refuse(frame, .overloaded) }
    }
    let (outcome, _) = try bench(server, "--requests", "4", "--pipeline", "4", "--json")
    #expect(outcome.object?["abandoned"] as? Int == 4)
    #expect(outcome.object?["lost"] as? Int == 0)
    #expect(outcome.object?["latency_us"] is NSNull)
  }

  @Test func `what a stalled server holds back is not the client's lateness`() throws {
    let server = try ScriptedServer { frame, peer in
      guard frame.predict != nil else { return peer.refuse(frame, .overloaded) }
      peer.kept.append(frame)
      if peer.kept.count == 160 { usleep(500_000) }
      peer.answer(frame, as: 1)
    }
    // Of 400 requests about 85 wait for room; the client itself may be late by less than 50 ms.
    let outcome = try Program.digitctl.run(
      "bench", "--server", server.address, "--rate", "200", "--pipeline", "8", "--duration", "2s",
      "--warmup", "0s", "--late-after", "50ms", "--late-share", "0.1", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let schedule = try #require(outcome.object?["schedule"] as? [String: Any])
    #expect(try #require(schedule["held_back"] as? Int) > 50)
  }

  @Test func `an interval without requests has no percentiles`() throws {
    let server = try ScriptedServer { frame, peer in
      if frame.predict == nil { peer.refuse(frame, .overloaded) } else { peer.answer(frame, as: 1) }
    }
    let folder = try TemporaryFolder()
    let (outcome, _) = try bench(
      server, "--rate", "0.5", "--duration", "1s", "--interval", "100ms", "--late-share", "1",
      "--csv", folder.path("intervals.csv"), "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let intervals = try #require(outcome.object?["intervals"] as? [[String: Any]])
    let empty = intervals.filter { $0["answered"] as? Int == 0 }
    #expect(!empty.isEmpty && empty.allSatisfy { $0["p99_us"] is NSNull && $0["max_us"] is NSNull })
    let lines = try String(contentsOfFile: folder.path("intervals.csv"), encoding: .utf8)
    #expect(lines.contains(",,,,\n"))
    let table = try bench(server, "--rate", "0.5", "--duration", "100ms", "--late-share", "1")
    #expect(table.outcome.output.contains(" 0.5 requests/s"), "\(table.outcome.output)")
  }

  @Test(arguments: [(40, 39), (30, 39), (120, 119)])
  func `the live line never wraps`(columns: Int, lengthMax: Int) throws {
    let server = try ScriptedServer { frame, peer in
      if frame.predict == nil { peer.refuse(frame, .overloaded) } else { peer.answer(frame, as: 1) }
    }
    let line =
      "stty cols \(columns); exec $0 bench --server \(server.address) --warmup 0s "
      + "--duration 300ms --interval 50ms"
    let outcome = try Program.digitctl.run(
      [], shell: "script -qec \"\(line)\" /dev/null")
    let pictures = outcome.output.components(separatedBy: "\r\u{1b}[K").dropFirst().dropLast()
    #expect(pictures.count > 2, "\(outcome.output)")
    for picture in pictures { #expect(picture.count <= lengthMax, "\(picture)") }
  }
}
