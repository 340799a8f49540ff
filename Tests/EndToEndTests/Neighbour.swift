import EventLoop
import Foundation
import ProtocolFixtures

/// A client that asks, small and large by turns, on a thread of its own until it is stopped, and
/// counts what is not answered with a RESULT.
final class Neighbour: Sendable {
  struct Outcome {
    var answered = 0
    var failed = 0
  }

  private enum Wish { case run, pause, stop }

  private struct State {
    var outcome = Outcome()
    var wish = Wish.run
    var isIdle = false
  }

  private final class Shared: Sendable {
    let state = Guarded(State())
  }

  private let shared = Shared()

  init(port: UInt16) {
    let client = WireClient.greeted(port: port)
    Thread { [shared] in
      let image = [UInt8](repeating: 200, count: 784)
      var id: UInt64 = 0
      while true {
        switch shared.state.withLock({ $0.wish }) {
        case .stop:
          shared.state.withLock { $0.isIdle = true }
          return
        case .pause:
          shared.state.withLock { $0.isIdle = true }
          usleep(1_000)
        case .run:
          id += 1
          client.sendPredict(id, images: Array(repeating: image, count: id % 2 == 0 ? 1 : 64))
          let isAnswered = client.receive()?.type == .result
          shared.state.withLock {
            if isAnswered { $0.outcome.answered += 1 } else { $0.outcome.failed += 1 }
          }
        }
      }
    }.start()
  }

  func waitUntilAnswered(_ count: Int) {
    while shared.state.withLock({ $0.outcome.answered < count && $0.outcome.failed == 0 }) {
      usleep(1_000)
    }
  }

  /// Returns when nothing is under way.
  func pause() { wish(.pause) }
  func resume() { shared.state.withLock { $0.wish = .run } }

  func stop() -> Outcome {
    wish(.stop)
    return shared.state.withLock { $0.outcome }
  }

  private func wish(_ wish: Wish) {
    shared.state.withLock {
      $0.wish = wish
      $0.isIdle = false
    }
    while shared.state.withLock({ !$0.isIdle }) { usleep(1_000) }
  }
}
