import CAllocations
import DigitServer
import DigitWire
import ProtocolFixtures
import Testing

/// What the server's threads allocate: the loop's and the workers'.
@Suite(.timeLimit(.minutes(1)), .serialized, .enabled(if: allocations_are_counted()))
struct AllocationTests {
  struct Load: Sendable {
    let inlineBudget: Duration
    let imagesPerRequest: Int
    let inFlight: Int
    let returns: ReturnKind
  }

  static let loads = [
    // Computed on the loop, and by the workers.
    Load(inlineBudget: .seconds(1), imagesPerRequest: 1, inFlight: 1, returns: .topOne),
    Load(inlineBudget: .zero, imagesPerRequest: 1, inFlight: 1, returns: .probabilities),
    // Formed into batches, and split over several.
    Load(inlineBudget: .zero, imagesPerRequest: 1, inFlight: 32, returns: .topOne),
    Load(
      inlineBudget: .microseconds(50), imagesPerRequest: 100, inFlight: 2, returns: .probabilities),
  ]

  @Test(arguments: loads)
  func `after the warm-up a request allocates nothing`(load: Load) throws {
    let server = try RunningServer { $0.limits.inlineBudget = load.inlineBudget }
    defer { server.kill() }
    let client = WireClient.greeted(port: server.port)
    let images = (0..<load.imagesPerRequest).map(testImage)
    func ask(_ requests: Int) {
      for first in stride(from: 0, to: requests, by: load.inFlight) {
        for id in first..<first + load.inFlight {
          client.sendPredict(UInt64(id + 1), images: images, returns: load.returns)
        }
        for _ in 0..<load.inFlight where client.receive()?.type != .result {
          Issue.record("not answered with a RESULT")
        }
      }
    }
    Self.fillBuffers(of: client)
    ask(320)
    // Tests beside this one would be counted too: it runs by itself.
    let counts = (0..<5).map { _ in
      let before = allocations_of_other_threads()
      ask(320)
      return allocations_of_other_threads() - before
    }
    #expect(counts.allSatisfy { $0 == 0 }, "\(counts) allocations for 320 requests each")
  }

  /// What a connection keeps is as large as the most that it ever held at one time, and how much
  /// that is for the same requests depends on how they meet the workers: so first more requests
  /// than any load has in flight, in one read, then an answer larger than all that a load is owed.
  private static func fillBuffers(of client: WireClient) {
    let predict = Predict(imageCount: 1, returns: .topOne)
    let requests = (1...48).flatMap { predict.frame(id: $0, payload: testImage(Int($0))) }
    client.send(requests)
    for _ in 1...48 where client.receive()?.type != .result {
      Issue.record("not answered with a RESULT")
    }
    let images = (0..<ProtocolLimits.imagesPerRequestBeforeWelcome).map(testImage)
    client.sendPredict(49, images: images, returns: .probabilities)
    #expect(client.receive()?.type == .result)
  }
}
