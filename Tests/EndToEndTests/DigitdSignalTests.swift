import DigitWire
import Foundation
import ProtocolFixtures
import Testing

/// What signals do to digitd besides the drain.
@Suite(.timeLimit(.minutes(2))) struct DigitdSignalTests {
  private static let shipped = Program.root.appending(path: "Models").path

  @Test(arguments: [
    (SIGUSR1, "signal ignored signal=SIGUSR1"),
    (SIGUSR2, "signal ignored signal=SIGUSR2"), (SIGALRM, "signal ignored signal=SIGALRM"),
  ])
  func `a signal without a use is logged and stops nothing`(signal: Int32, line: String) throws {
    let server = try RunningServer(models: Self.shipped)
    kill(server.processID, signal)
    server.waitUntilLogged(line)
    #expect(try Program.digitctl.run("ping", "--server", server.address).status == 0)
    #expect(server.stop() == 0)
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func `a second signal during a drain stops the server at once`(signal: Int32) throws {
    let server = try RunningServer(models: Self.shipped)
    sendSlowly(to: server)
    kill(server.processID, SIGTERM)
    server.waitUntilLogged(" draining connections=1")
    kill(server.processID, signal)
    server.waitUntilLogged(" WARNING stopped before the drain completed connections=1\n")
    #expect(server.waitUntilEnded() == 1)
  }

  /// A request that goes on as long as its server does: a drain waits for it.
  private func sendSlowly(to server: RunningServer) {
    let client = WireClient.greeted(port: server.port)
    let request = Predict(imageCount: 256)
    client.send(bytes(of: request.header(requestID: 1)) + [7])
    Thread {
      for _ in 1..<request.payloadByteCount {
        usleep(20_000)
        guard client.send([7]) else { return }
      }
    }.start()
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func `a stop while models are loaded ends the program in order`(signal: Int32) throws {
    let server = try Self.startLoading()
    kill(server.process.processIdentifier, signal)
    server.expectOrderlyEnd()
  }

  @Test(.enabled(if: Process.canStartFirstProcess), arguments: [SIGTERM, SIGINT])
  func `so it does in the first process of a container`(signal: Int32) throws {
    let server = try Self.startLoading { $0.startAsFirstProcess() }
    kill(try server.process.firstProcess(), signal)
    server.expectOrderlyEnd()
  }

  /// A server that has loaded the first of many models.
  private static func startLoading(
    _ prepare: (Process) -> Void = { _ in }
  ) throws -> LoadingServer {
    let process = Program.digitd.process(["--models", shipped, "--listen", "127.0.0.1:0"])
    prepare(process)
    let log = Pipe()
    process.standardError = log
    try process.run()
    process.killWhenLate()
    var text = ""
    while !text.contains("model loaded") {
      let data = log.fileHandleForReading.availableData
      try #require(!data.isEmpty, "\(text)")
      text += String(decoding: data, as: UTF8.self)
    }
    return LoadingServer(process: process, log: log)
  }

  private struct LoadingServer {
    let process: Process
    let log: Pipe

    func expectOrderlyEnd() {
      let rest = String(
        decoding: log.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationReason == .exit && process.terminationStatus == 0)
      #expect(rest.hasSuffix("digitd: stopped while loading\n") && !rest.contains("ready"))
    }
  }
}
