import DigitClient
import DigitFiles
import EventLoop
import Foundation
import Testing

/// The client library against real servers that come and go.
@Suite(.timeLimit(.minutes(3))) struct PoolTests {
  private static let models = Program.root.appending(path: "Models").path

  /// Image by image, what was answered.
  private final class Answers: Sendable {
    private let state = Guarded((labels: [Int: Int](), allowed: 4_000))

    var labels: [Int: Int] { state.withLock { $0.labels } }
    var count: Int { state.withLock { $0.labels.count } }

    /// A quick machine must not have them all before the servers are ended.
    var areEnoughForNow: Bool { state.withLock { $0.labels.count >= $0.allowed } }
    func allow(_ count: Int) { state.withLock { $0.allowed = count } }

    func enter(_ label: Int, for index: Int) {
      state.withLock { $0.labels[index] = label }
    }
  }

  @Test func `10,000 requests over two servers that restart are all answered`() async throws {
    let images = try ImageSet(
      images: "\(Program.root.path)/Tests/Data/mnist/t10k-images-idx3-ubyte.gz",
      labels: "\(Program.root.path)/Tests/Data/mnist/t10k-labels-idx1-ubyte.gz")
    let (all, count) = (images.pixels, images.count)
    let folder = try TemporaryFolder()
    let places = ["one", "two"].map { "unix:\(folder.path($0))" }
    let start = { @Sendable (place: Int) in
      try RunningServer(models: Self.models, arguments: ["--listen", places[place]])
    }
    var servers = [try start(0), try start(1)]
    let pool = try DigitPool(places)
    let answers = Answers()

    try await withThrowingTaskGroup(of: Void.self) { group in
      // 32 tasks, each of which asks about its share of the images, one after another.
      for first in 0..<32 {
        group.addTask {
          for index in stride(from: first, to: count, by: 32) {
            while answers.areEnoughForNow { try await Task.sleep(for: .milliseconds(1)) }
            let pixels = all[index * 784..<(index + 1) * 784]
            let prediction = try await pool.predict(ImageBatch(pixels), model: "cnn-28")
            answers.enter(prediction.images[0].label, for: index)
          }
        }
      }
      // Meanwhile: each server is ended and started again, at a quarter, at half, and later.
      for (place, signal, moment) in [
        (0, SIGTERM, 2_000), (1, SIGKILL, 4_500), (0, SIGKILL, 7_000),
      ] {
        while answers.count < moment { try await Task.sleep(for: .milliseconds(1)) }
        #expect(answers.count < 10_000, "too late to matter")
        servers[place].end(by: signal)
        answers.allow(moment + 4_500)
        servers[place] = try start(place)
      }
      try await group.waitForAll()
    }

    #expect(answers.labels.count == 10_000)
    let right = answers.labels.count { $0.value == Int(images.labels[$0.key]) }
    // What cnn-28 reads without any restart, but for what other instructions turn.
    #expect(abs(10_000 - right - (try ShippedCard(of: "cnn-28")).test.errorCount) <= 2)
    await pool.close()
    for server in servers { #expect(server.stop() == 0) }
  }

  /// A name that stands for what the test says.
  private final class Name: Sendable {
    private let state: Guarded<(machines: [SocketAddress], lookups: Int)>

    init(_ places: [String]) throws {
      state = Guarded((try places.map { try SocketAddress(parsing: $0) }, 0))
    }

    /// Returns when the pool has heard.
    func set(_ places: [String]) async throws {
      let machines = try places.map { try SocketAddress(parsing: $0) }
      let before = state.withLock { state in
        state.machines = machines
        return state.lookups
      }
      while state.withLock({ $0.lookups }) < before + 2 {
        try await Task.sleep(for: .milliseconds(1))
      }
    }

    @Sendable func lookUp(_: SocketAddress) -> [SocketAddress] {
      state.withLock { state in
        state.lookups += 1
        return state.machines
      }
    }
  }

  @Test func `servers behind a name are replaced under load, and nothing is lost`() async throws {
    let folder = try TemporaryFolder()
    let places = (0..<4).map { "unix:\(folder.path("\($0)"))" }
    let start = { @Sendable (place: Int) in
      try RunningServer(models: Self.models, arguments: ["--listen", places[place]])
    }
    var servers = [try start(0), try start(1)]
    let name = try Name([places[0], places[1]])
    var options = PoolOptions()
    options.client.loop = try ClientLoop()
    options.lookUpInterval = .milliseconds(10)
    let pool = try DigitPool(["digits:7311"], options: options) { name.lookUp($0) }
    let answers = Answers()
    answers.allow(.max)

    try await withThrowingTaskGroup(of: Void.self) { group in
      for first in 0..<16 {
        group.addTask {
          var index = first
          while !answers.areEnoughForNow {
            let blank = ImageBatch([UInt8](repeating: 0, count: 784))
            let prediction = try await pool.predict(blank, model: "tiny")
            answers.enter(prediction.images[0].label, for: index)
            index += 16
          }
        }
      }
      // One after another is replaced: first in the name, and then, as Kubernetes does, ended.
      for place in 0..<2 {
        servers.append(try start(place + 2))
        try await name.set(Array(places[(place + 1)...(place + 2)]))
        let before = answers.count
        #expect(servers[place].stop() == 0)
        while answers.count < before + 500 { try await Task.sleep(for: .milliseconds(1)) }
      }
      answers.allow(0)
      try await group.waitForAll()
    }
    #expect(Set(answers.labels.values).count == 1)
    await pool.close()
    for server in servers[2...] { #expect(server.stop() == 0) }
  }
}
