import DigitModel
import DigitServer
import DigitWire
import EventLoop
import Foundation
import ProtocolFixtures
import Testing

/// A server whose model folder changes while it runs.
@Suite(.timeLimit(.minutes(3))) struct ReloadTests: ReloadConversation {
  private let folder: ModelFolder

  init() throws { folder = try ModelFolder() }

  private func start(_ repository: ModelRepository) throws -> RunningServer {
    try RunningServer(repository: repository) {
      $0.loops = 2
      $0.httpAddresses = [.internet(host: "127.0.0.1", port: 0)]
    }
  }

  private func index(_ server: RunningServer) throws -> String {
    let client = WireClient(port: server.httpPort!)
    client.send(
      Array(
        "POST /v2/repository/index HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n".utf8))
    return client.receiveText(until: "]")
  }

  @Test func `versions are served side by side, and a client follows the canary`() throws {
    try folder.write("m/1/model.safetensors")
    try folder.write("m/2/model.safetensors", units: 9)
    try folder.write(#"{"aliases":{"m":{"default":1,"canary":1}}}"#, to: "models.json")
    let repository = try folder.repository()
    let server = try start(repository)
    defer { server.kill() }
    let client = client(server, .announcements)
    let before = try metadata(client)
    let name = try entry("m", before)
    let canary = try entry("m:canary", before)
    #expect(name.versions == [1, 2] && name.version == 1 && name.isDefault)
    #expect(canary.versions == [1] && !canary.isDefault)
    for version: UInt32 in [1, 2] {
      #expect(try self.version(client, handle: name.handle, version: version) == version)
    }
    #expect(try version(client, handle: canary.handle) == 1)

    try folder.write(#"{"aliases":{"m":{"default":1,"canary":2}}}"#, to: "models.json")
    let report = repository.perform(.reload)
    #expect(report.outcome == .changed && report.loadedCount == 0 && report.removedCount == 0)
    let after = try nextAnnouncement(client)
    #expect(try entry("m:canary", after).handle == canary.handle)
    #expect(try version(client, handle: canary.handle) == 2)
    #expect(try version(client, handle: name.handle) == 1)
    // One who has not asked is told nothing, and sees it when it asks.
    let silent = self.client(server)
    try folder.write(#"{"aliases":{"m":{"canary":2}}}"#, to: "models.json")
    #expect(repository.perform(.reload).outcome == .changed)
    _ = try nextAnnouncement(client)
    #expect(try version(silent, handle: name.handle) == 2)
    #expect(try entry("m", try metadata(silent)).version == 2)
  }

  /// What spoils a file, and what is told of it.
  enum Spoiling: CaseIterable {
    case cutShort, wrongChecksum, failingSelfTest

    func spoil(_ folder: ModelFolder) throws {
      let file = "m.safetensors"
      switch self {
      case .cutShort: try folder.truncate(file, to: 20_000)
      case .wrongChecksum:
        try folder.write(file, units: 9)
        try folder.writeCard(of: file, hash: String(repeating: "0", count: 64))
      case .failingSelfTest:
        let plan = try Plan(Model(contentsOf: folder.path(file)))
        try folder.write(file, units: 9)
        try folder.writeCard(of: file, selfTest: SelfTest(of: plan, images: [testImage(3)]))
      }
    }

    var reason: String {
      switch self {
      case .cutShort: "do not lie within the"
      case .wrongChecksum: "expected the SHA-256 that its card has, 000000000000…"
      case .failingSelfTest: "its self-test failed: expected probability"
      }
    }
  }

  @Test(arguments: Spoiling.allCases)
  func `a file that cannot be served leaves the old one`(_ spoiling: Spoiling) throws {
    try folder.write("m.safetensors")
    try folder.write("n.safetensors")
    let lines = Lines(Guarded([]))
    let repository = try folder.repository(log: Log(level: .warning) { lines.add($0) })
    let server = try start(repository)
    defer { server.kill() }
    let client = client(server, .announcements)
    let images = (0..<4).map(testImage)
    let before = images.map { predict(client, $0) }
    try spoiling.spoil(folder)
    let report = repository.perform(.reload)
    #expect(report.outcome == .refused && report.loadedCount == 0)
    #expect(report.refusals.map(\.name) == ["m"])
    #expect(lines.all.contains { $0.contains("model not loaded name=m version=1 why=") })
    let told = try entry("m", try nextAnnouncement(client))
    #expect(try #require(told.problem).contains(spoiling.reason), "\(told.problem ?? "")")
    #expect(images.map { predict(client, $0) } == before)
    #expect(try entry("n", try metadata(client)).problem == nil)
    let indexed = try index(server)
    #expect(indexed.contains(#""state":"READY","reason":"cannot "#), "\(indexed)")
    let stats = client.stats()
    #expect(stats["reloads_refused"] == 1 && stats["models_refused"] == 1)
    #expect(stats["models_served"] == 2 && stats["last_reload_timestamp_seconds", default: 0] > 0)
    // Mended, it is served, and nothing is told of it any more.
    try? folder.remove("m.json")
    try folder.write("m.safetensors", units: 12)
    #expect(repository.perform(.reload).outcome == .changed)
    #expect(try entry("m", try nextAnnouncement(client)).problem == nil)
    #expect(images.map { predict(client, $0) } != before)
    #expect(client.stats()["reloads_changed"] == 1)
  }

  private func predict(_ client: WireClient, _ image: [UInt8]) -> [UInt8] {
    client.sendPredict(1, images: [image])
    return client.receive()?.payload ?? []
  }

  @Test func `only files that have changed are loaded anew`() throws {
    try folder.write("m.safetensors")
    try folder.write("n.safetensors")
    let repository = try folder.repository()
    let server = try start(repository)
    defer { server.kill() }
    #expect(repository.perform(.reload).outcome == .unchanged)
    // Written again with the same content, it is the same model.
    try folder.write("m.safetensors")
    #expect(repository.perform(.reload).outcome == .unchanged)
    try folder.write("n.safetensors", units: 9)
    try folder.write("o.safetensors")
    let report = repository.perform(.reload)
    #expect(report.loadedCount == 2 && report.removedCount == 0)
    try folder.remove("m.safetensors")
    #expect(repository.perform(.reload).removedCount == 1)
    #expect(client(server).stats()["reloads_unchanged"] == 2)
  }

  @Test func `a new version that cannot be served leaves the alias where it was`() throws {
    try folder.write("m/1/model.safetensors")
    try folder.write(#"{"aliases":{"m":{"canary":1}}}"#, to: "models.json")
    let repository = try folder.repository()
    let server = try start(repository)
    defer { server.kill() }
    try folder.write("m/2/model.safetensors")
    try folder.truncate("m/2/model.safetensors", to: 1_000)
    try folder.write(#"{"aliases":{"m":{"canary":2}}}"#, to: "models.json")
    let report = repository.perform(.reload)
    #expect(report.refusals.map(\.version) == [2, nil])
    let client = client(server)
    let entries = try metadata(client)
    #expect(try entry("m", entries).versions == [1])
    #expect(try version(client, handle: try entry("m:canary", entries).handle) == 1)
    let indexed = try index(server)
    #expect(indexed.contains(#"{"name":"m","version":"2","state":"UNAVAILABLE""#), "\(indexed)")
  }

  @Test func `what leaves nothing to serve changes nothing`() throws {
    try folder.write("m.safetensors")
    let repository = try folder.repository()
    let server = try start(repository)
    defer { server.kill() }
    try folder.remove("m.safetensors")
    #expect(repository.perform(.reload).outcome == .refused)
    #expect(repository.perform(.unload("m")).outcome == .refused)
    #expect(try version(client(server), handle: 1) == 1)
    try FileManager.default.removeItem(at: folder.url)
    #expect(repository.perform(.reload).outcome == .refused)
    #expect(try version(client(server), handle: 1) == 1)
  }

  @Test func `an unloaded model stays so until it is loaded`() throws {
    try folder.write("m.safetensors")
    try folder.write("n.safetensors")
    let repository = try folder.repository()
    let server = try start(repository)
    defer { server.kill() }
    let client = client(server)
    #expect(repository.perform(.unload("m")).names == ["n"])
    #expect(try metadata(client).map(\.name) == ["n"])
    client.send(
      bytes(of: Predict(imageCount: 1, modelHandle: 1).header(requestID: 1)) + testImage(1))
    let frame = try #require(client.receive())
    let refusal = try frame.payload.withUnsafeBytes { try ErrorMessage(frame.header, payload: $0) }
    #expect(refusal.code == .unknownModel)
    #expect(repository.perform(.reload).outcome == .unchanged)
    #expect(repository.perform(.load("m")).names == ["m", "n"])
    #expect(try version(client, handle: 1) == 1)
  }

  @Test func `a command is answered when every loop serves what came of it`() throws {
    try folder.write("m.safetensors")
    try folder.write("n.safetensors")
    let repository = try folder.repository()
    let server = try start(repository)
    defer { server.kill() }
    // Clients come to the loops in turn: this one's is not held up.
    let client = client(server)
    let held = try EventLoop.Semaphore()
    server.dispatcher.perform(onLoop: 1) { _ in held.wait() }
    let (isAnswered, done) = (Flag(), try EventLoop.Semaphore())
    let isTaken = repository.request(.unload("m")) { _ in
      isAnswered.raise()
      done.signal()
    }
    // The repository is done with it when it has come to what was asked next.
    #expect(isTaken && repository.request(.reload) { _ in })
    client.waitUntil { $0["reloads_unchanged"] == 1 }
    #expect(try metadata(client).map(\.name) == ["n"])
    #expect(!isAnswered.isRaised)
    held.signal()
    done.wait()
  }

  @Test func `no request fails while models are loaded again and again`() throws {
    try folder.write("m/1/model.safetensors")
    try folder.write("m/2/model.safetensors", units: 9)
    let repository = try folder.repository()
    let server = try start(repository)
    defer { server.kill() }
    let failures = Lines(Guarded<[String]>([]))
    let isDone = Flag()
    let clients = try (0..<4).map { number in
      try WorkerThread { Self.load(server.port, first: number, until: isDone, failures) }
    }
    let before = Self.residentByteCount
    for round in 0..<20 {
      try folder.write("m/2/model.safetensors", units: 256 + round % 2)
      try folder.write(#"{"aliases":{"m":{"canary":\#(1 + round % 2)}}}"#, to: "models.json")
      #expect(repository.perform(.reload).outcome == .changed)
    }
    isDone.raise()
    for client in clients { client.join() }
    #expect(failures.all == [])
    #expect(client(server).stats()["reloads_changed"] == 20)
    // Twenty models of this size, with their plans, are 32 MB.
    if !Self.keepsFreedMemory { #expect(Self.residentByteCount < before + 12 << 20) }
  }

  /// Keeps four requests under way, and collects what is no RESULT of a version that there is.
  private static func load(_ port: UInt16, first: Int, until isDone: Flag, _ failures: Lines) {
    let client = WireClient.greeted(port: port)
    while !isDone.isRaised {
      for id in 0..<4 { client.sendPredict(UInt64(id + 1), images: [testImage(first + id)]) }
      for _ in 0..<4 {
        guard let frame = client.receive() else { return failures.add("the connection ended") }
        guard let result = try? PredictResult(frame.header), (1...2).contains(result.modelVersion)
        else {
          failures.add(String(decoding: frame.payload, as: UTF8.self))
          continue
        }
      }
    }
  }

  /// Whether the address sanitizer is here, which keeps what is freed to see who uses it still.
  private static var keepsFreedMemory: Bool { dlsym(nil, "__asan_init") != nil }

  private static var residentByteCount: Int {
    let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    return (text?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4_096
  }
}

private final class Lines: Sendable {
  private let lines: Guarded<[String]>
  init(_ lines: consuming Guarded<[String]>) { self.lines = lines }
  func add(_ line: String) { lines.withLock { $0.append(line) } }
  var all: [String] { lines.withLock { $0 } }
}

private final class Flag: Sendable {
  private let value = Guarded(false)
  func raise() { value.withLock { $0 = true } }
  var isRaised: Bool { value.withLock { $0 } }
}
