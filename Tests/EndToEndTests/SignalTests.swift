import EventLoop
import Foundation
import ScriptedServers
import Testing

/// How commands end on signals, in whatever phase: the first in order, the second at once.
@Suite(.serialized, .timeLimit(.minutes(5))) struct SignalTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: [
    ("digitlab", ["evaluate", "--model", "tiny", "--labels", "none", "--images", "PIPE"]),
    ("digitlab", ["bench", "--model", "tiny", "--images", "PIPE"]),
    ("digitlab", ["calibrate", "--model", "tiny", "--data", "FOLDER"]),
    ("digitlab", ["train", "--arch", "tiny", "--data", "FOLDER", "--out", "FOLDER/out"]),
    ("digitlab", ["zoo", "--only", "tiny", "--data", "FOLDER", "--out", "FOLDER/out"]),
    ("digitlab", ["curves", "PIPE"]),
    (
      "digitctl",
      ["evaluate", "--server", "127.0.0.1:1", "--labels", "none", "--images", "PIPE"]
    ),
    ("digitctl", ["bench", "--server", "127.0.0.1:1", "--labels", "none", "--images", "PIPE"]),
    ("digitctl", ["bench", "--server", "127.0.0.1:1", "--trace", "PIPE"]),
  ])
  func `while inputs are read a signal ends a command with a sentence`(
    program: String, arguments: [String]
  ) throws {
    let pipe = folder.path("train-images-idx3-ubyte")
    mkfifo(pipe, 0o666)
    try Data().write(to: folder.url.appending(path: "train-labels-idx1-ubyte"))
    let words = arguments.map {
      $0.replacing("PIPE", with: pipe).replacing("FOLDER", with: folder.url.path)
    }
    let process = Program(name: program).process(words)
    let (_, errors) = try process.observeEnd { process in
      process.waitUntilWatched(SIGTERM)
      usleep(100_000)
      process.terminate()
    }
    #expect(process.terminationReason == .exit && process.terminationStatus == 1)
    #expect(errors.hasPrefix("\(program): interrupted before "), "\(errors)")
  }

  @Test func `digitctl evaluate has the figures of what it sent before the signal`() throws {
    let answered = Guarded(0)
    let server = try HostileServer { peer in
      while let frame = peer.receive(), peer.send(evenAnswer(to: frame)) {
        guard frame.type == .predict else { continue }
        answered.withLock { $0 += 1 }
        // Ten seconds for all images: long enough to be interrupted.
        usleep(1_000)
      }
    }
    let process = Program.digitctl.process([
      "evaluate", "--server", server.address, "--batch", "1",
    ])
    let (output, errors) = try process.observeEnd { process in
      while process.isRunning, answered.withLock({ $0 }) < 3 { usleep(1_000) }
      process.terminate()
    }
    #expect(process.terminationReason == .exit && process.terminationStatus == 1)
    #expect(output.contains("throughput"), "\(output)")
    #expect(errors.hasPrefix("digitctl: interrupted: "), "\(errors)")
    let told = try #require(errors.firstMatch(of: /those of (\d+) of 10000 images\n$/), "\(errors)")
    #expect((3..<10_000).contains(Int(told.1)!))
  }

  @Test(arguments: ["digitlab", "digitctl"])
  func `the second signal ends a command at once, and gnuplot with it`(program: String) throws {
    let server = try HostileServer { peer in
      while let frame = peer.receive(), peer.send(evenAnswer(to: frame)) {}
    }
    let path = try hangingGnuplot()
    let process = Program(name: program).process(
      ["evaluate", "--model", "tiny", "--limit", "10", "--report", folder.path("report")],
      environment: ["PATH": path, "DIGITS_SERVER": server.address])
    var gnuplot: pid_t = 0
    _ = try process.observeEnd { process in
      gnuplot = waitForGnuplot(of: process)
      for _ in 0..<2 {
        process.terminate()
        // Two at once would be one.
        usleep(200_000)
      }
    }
    #expect(process.terminationReason == .uncaughtSignal)
    #expect(process.terminationStatus == SIGTERM)
    try waitUntilGone(gnuplot)
  }

  @Test(.enabled(if: Process.canStartFirstProcess))
  func `the second signal ends the first process of a container at once, too`() throws {
    let process = Program.digitlab.process(
      ["evaluate", "--model", "tiny", "--limit", "10", "--report", folder.path("report")],
      environment: ["PATH": try hangingGnuplot()])
    process.startAsFirstProcess()
    _ = try process.observeEnd { process in
      let first = try process.firstProcess()
      _ = waitForGnuplot(of: process)
      for _ in 0..<2 {
        kill(first, SIGTERM)
        usleep(200_000)
      }
    }
    #expect(process.terminationReason == .exit && process.terminationStatus == 128 + SIGTERM)
  }

  @Test(arguments: [SIGTERM, SIGKILL])
  func `gnuplot does not outlive digitlab curves`(signal: Int32) throws {
    let log = folder.path("log.csv")
    let data = try TemporaryFolder.withShippedTrainingImages()
    defer { withExtendedLifetime(data) {} }
    let trained = try Program.digitlab.run([
      "train", "--arch", "tiny", "--epochs", "1", "--train-limit", "200", "--data",
      data.url.path, "--out", folder.path("out"),
      "--log", log,
    ])
    #expect(trained.status == 0, "\(trained.errors)")
    let process = Program.digitlab.process(
      ["curves", log, "--out", folder.url.path], environment: ["PATH": try hangingGnuplot()])
    var gnuplot: pid_t = 0
    let (_, errors) = try process.observeEnd { process in
      gnuplot = waitForGnuplot(of: process)
      kill(process.processIdentifier, signal)
    }
    if signal == SIGTERM {
      #expect(process.terminationReason == .exit && process.terminationStatus == 1)
      #expect(errors == "digitlab: interrupted before every file was written\n")
    }
    try waitUntilGone(gnuplot)
  }

  /// A program of that name that only says which process it is; the value of PATH that finds it.
  private func hangingGnuplot() throws -> String {
    let file = folder.url.appending(path: "gnuplot")
    try Data("#!/bin/sh\necho $$ > \(folder.path("id"))\nexec sleep 1000\n".utf8).write(to: file)
    chmod(file.path, 0o755)
    return "\(folder.url.path):/usr/bin:/bin"
  }

  private func waitForGnuplot(of process: Process) -> pid_t {
    while process.isRunning {
      let text = try? String(contentsOfFile: folder.path("id"), encoding: .utf8)
      if let text, text.hasSuffix("\n"), let id = pid_t(text.dropLast()) { return id }
      usleep(1_000)
    }
    return 0
  }

  /// Ended, whether or not someone has asked how.
  private func waitUntilGone(_ process: pid_t) throws {
    try #require(process > 0)
    for _ in 0..<3_000 {
      let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
      guard let status, !status.contains(") Z ") else { return }
      usleep(10_000)
    }
    kill(process, SIGKILL)
    Issue.record("gnuplot still runs")
  }
}
