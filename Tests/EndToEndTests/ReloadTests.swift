import DigitClient
import Foundation
import Testing

/// Programs whose model folder changes while digitd runs.
@Suite(.timeLimit(.minutes(3))) struct ReloadTests {
  private let folder: TemporaryFolder
  private var socket: String { "unix:\(folder.path("socket"))" }

  /// Two versions of one model, whose canary is the first.
  init() throws {
    folder = try TemporaryFolder()
    try copy("compact", toVersion: 1)
    try copy("tiny", toVersion: 2)
    try point(canaryTo: 1)
  }

  private func copy(_ model: String, toVersion version: Int) throws {
    let target = folder.url.appending(path: "models/m/\(version)")
    try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
    for suffix in ["safetensors", "json"] {
      let file = target.appending(path: "model.\(suffix)")
      let source = Program.root.appending(path: "Models/\(model).\(suffix)")
      try Data(contentsOf: source).write(to: file, options: .atomic)
    }
  }

  private func point(canaryTo version: Int) throws {
    try Data(#"{"aliases":{"m":{"default":1,"canary":\#(version)}}}"#.utf8)
      .write(to: folder.url.appending(path: "models/models.json"), options: .atomic)
  }

  private func start(_ arguments: String...) throws -> RunningServer {
    try RunningServer(models: folder.path("models"), arguments: ["--listen", socket] + arguments)
  }

  private func version(_ client: DigitClient, _ model: ModelChoice) async throws -> UInt32 {
    try await client.predict([UInt8](repeating: 0, count: 784), model: model).modelVersion
  }

  @Test func `after SIGHUP a client that follows asks the version to which the canary has moved`()
    async throws
  {
    let server = try start()
    let client = try await DigitClient.connect(to: server.address)
    #expect(client.models.map(\.name) == ["m", "m:canary"])
    #expect(try await version(client, "m:canary") == 1)
    #expect(try await version(client, .named("m", version: 2)) == 2)
    try point(canaryTo: 2)
    kill(server.processID, SIGHUP)
    while client.models.last?.version != 2 { try await Task.sleep(for: .milliseconds(10)) }
    #expect(try await version(client, "m:canary") == 2)
    #expect(try await version(client, "m") == 1)
    server.waitUntilLogged(" models reloaded loaded=0 removed=0 refused=0 ")
    await client.close()
    #expect(server.stop() == 0)
  }

  @Test func `digitctl reloads through a Unix socket, and says what is refused`() throws {
    let server = try start()
    let reload = { (address: String) in
      try Program.digitctl.run("models", "--reload", "--server", address)
    }
    let same = try reload(socket)
    #expect(same.status == 0 && same.output.hasSuffix("nothing has changed\n"), "\(same.output)")
    try copy("mlp-50-50", toVersion: 3)
    let changed = try reload(socket)
    #expect(changed.status == 0 && changed.output.contains("1,2,3"), "\(changed.output)")
    #expect(changed.output.hasSuffix("reloaded: 1 loaded, 0 removed\n"), "\(changed.output)")
    let file = folder.url.appending(path: "models/m/3/model.safetensors")
    try Data(contentsOf: file).prefix(1_000).write(to: file)
    let refused = try reload(socket)
    #expect(refused.status == 1, "\(refused.errors)")
    #expect(refused.errors.contains("1 refused: m version 3: cannot load "), "\(refused.errors)")
    let stranger = try reload(server.address)
    #expect(stranger.status == 1 && stranger.errors.contains("PERMISSION_DENIED"))
    #expect(server.stop() == 0)
  }

  @Test func `with --watch a client sees a file that has come`() async throws {
    let server = try start("--watch")
    let client = try await DigitClient.connect(to: server.address)
    try copy("mlp-50-50", toVersion: 3)
    while client.models.first?.versions != [1, 2, 3] {
      try await Task.sleep(for: .milliseconds(10))
    }
    #expect(try await version(client, .named("m", version: 3)) == 3)
    await client.close()
    #expect(server.stop() == 0)
  }

  @Test func `a folder with something that cannot be served starts no server`() throws {
    try Data("{".utf8).write(to: folder.url.appending(path: "models/models.json"))
    let outcome = try Program.digitd.run("--listen", socket, "--models", folder.path("models"))
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("cannot serve 'models.json' of "), "\(outcome.errors)")
  }
}
