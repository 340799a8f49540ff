import Foundation
import Testing

/// What signals do to digitd besides the drain.
@Suite(.timeLimit(.minutes(1))) struct DigitdSignalTests {
  private static let shipped = Program.root.appending(path: "Models").path

  @Test(arguments: [
    (SIGHUP, "reloading is not supported signal=SIGHUP"),
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
  func `a stop while models are loaded ends the program in order`(signal: Int32) throws {
    let log = Pipe()
    let server = Program.digitd.process(["--models", Self.shipped, "--listen", "127.0.0.1:0"])
    server.standardError = log
    try server.run()
    defer { if server.isRunning { server.terminate() } }
    // The first of many models has been loaded.
    var text = ""
    while !text.contains("model loaded") {
      let data = log.fileHandleForReading.availableData
      try #require(!data.isEmpty, "\(text)")
      text += String(decoding: data, as: UTF8.self)
    }
    kill(server.processIdentifier, signal)
    _ = log.fileHandleForReading.readDataToEndOfFile()
    server.waitUntilExit()
    #expect(server.terminationReason == .exit && server.terminationStatus == 0)
  }
}
