import DigitLoad
import Testing

private func window(_ requestsPerSecond: Double, _ latency: Double) -> PairedComparison.Window {
  .init(requestsPerSecond: requestsPerSecond, p50: latency, p99: 2 * latency)
}

struct PairedComparisonTests {
  private let usual = (0..<12).map { window(1_000 + Double($0), 50) }
  private let comparison = PairedComparison()

  @Test func `what is the same has not changed`() {
    for changes in [
      comparison.changes(from: usual, to: usual),
      comparison.changes(pairs: usual.map { ($0, $0) }),
    ] {
      #expect(changes.map(\.figure) == [.throughput, .p50, .p99])
      #expect(changes.allSatisfy { $0.estimate == 0 && !$0.isWorse(beyond: 0) })
    }
  }

  @Test func `windows in which nothing was answered lower the throughput, and no latency`() {
    let stalling = usual.enumerated().map { $0.isMultiple(of: 3) ? window(0, 0) : $1 }
    for changes in [
      comparison.changes(from: usual, to: stalling),
      comparison.changes(pairs: zip(usual, stalling).map { ($0, $1) }),
    ] {
      #expect(changes.map(\.figure) == [.throughput, .p50, .p99])
      #expect(abs(changes[0].estimate + 1.0 / 3) < 0.01)
      #expect(changes[0].isWorse(beyond: 0.02))
      #expect(abs(changes[1].estimate) < 1e-9 && !changes[1].isWorse(beyond: 0.02))
    }
  }

  @Test func `a server that answers nothing has a throughput and no latency`() {
    let silent = usual.map { _ in window(0, 0) }
    let changes = comparison.changes(from: usual, to: silent)
    #expect(changes.map(\.figure) == [.throughput])
    #expect(abs(changes[0].estimate + 1) < 1e-9 && changes[0].isWorse(beyond: 0.02))
    #expect(comparison.changes(from: silent, to: usual).first?.isWorse(beyond: 0) == false)
  }

  @Test func `of few windows nothing is told`() {
    #expect(comparison.changes(from: usual, to: Array(usual.prefix(7))).isEmpty)
  }
}
