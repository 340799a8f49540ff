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
}
