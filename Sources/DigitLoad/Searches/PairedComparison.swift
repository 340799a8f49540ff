import Glibc
import Measure

/// How much the second of two servers differs from the first, from windows that were measured in
/// turn: what slows the machine slows both.
///
/// Latencies are compared as ratios, in logarithms, so that halving and doubling weigh the same;
/// where nothing was answered there is none. Throughput there is zero, which has no logarithm: of
/// it the means are compared.
package struct PairedComparison: Sendable {
  package enum Figure: String, CaseIterable, Sendable {
    case throughput
    case p50
    case p99

    /// Whether more is worse.
    package var isLatency: Bool { self != .throughput }
  }

  /// The figures of one window, or of one interval of a run.
  package struct Window: Sendable, Equatable {
    package let requestsPerSecond: Double
    package let p50: Double
    package let p99: Double

    /// Latencies in microseconds.
    package init(requestsPerSecond: Double, p50: Double, p99: Double) {
      (self.requestsPerSecond, self.p50, self.p99) = (requestsPerSecond, p50, p99)
    }

    package init(_ outcome: LoadOutcome) {
      let summary = LatencySummary(outcome.measured.latencies)
      self.init(
        requestsPerSecond: outcome.requestsPerSecond, p50: summary.p50Microseconds,
        p99: summary.p99Microseconds)
    }

    fileprivate func value(_ figure: Figure) -> Double {
      switch figure {
      case .throughput: requestsPerSecond
      case .p50: p50
      case .p99: p99
      }
    }

    /// Whether anything was answered in it.
    fileprivate var isFilled: Bool { p50 > 0 && p99 > 0 }
  }

  /// One figure's change, as a fraction of the first server's: 0.03 is 3 % more.
  package struct Change: Sendable, Equatable {
    package let figure: Figure
    package let estimate: Double
    package let low: Double
    package let high: Double

    /// Whether the second is worse by more than `tolerance` beyond doubt: all of the interval is.
    package func isWorse(beyond tolerance: Double) -> Bool {
      figure.isLatency ? low > tolerance : high < -tolerance
    }

    /// Whether it is better by more than `tolerance`, in the same sense.
    package func isBetter(beyond tolerance: Double) -> Bool {
      figure.isLatency ? high < -tolerance : low > tolerance
    }

    fileprivate init(_ figure: Figure, _ interval: BlockBootstrap.Interval) {
      let part = { (value: Double) in figure.isLatency ? exp(value) - 1 : value }
      self.figure = figure
      estimate = part(interval.estimate)
      low = part(interval.low)
      high = part(interval.high)
    }
  }

  package var bootstrap = BlockBootstrap()

  /// The intervals of the three figures are simultaneous, at 95 %.
  package init() { bootstrap.confidence = .ofEachOfThree }

  /// The changes between windows of the same number, for the figures that enough of them have.
  package func changes(pairs: [(left: Window, right: Window)]) -> [Change] {
    let filled = pairs.filter { $0.left.isFilled && $0.right.isFilled }
    let usual = meanThroughput(pairs.map(\.left))
    return Figure.allCases.compactMap { figure in
      let changes =
        figure.isLatency
        ? filled.map { log($0.right.value(figure)) - log($0.left.value(figure)) }
        : pairs.map { ($0.right.requestsPerSecond - $0.left.requestsPerSecond) / usual }
      return bootstrap.mean(of: changes).map { Change(figure, $0) }
    }
  }

  /// The changes between two runs that were made apart: what drifted between them is in these too.
  package func changes(from left: [Window], to right: [Window]) -> [Change] {
    let usual = meanThroughput(left)
    return Figure.allCases.compactMap { figure in
      let values = { (windows: [Window]) in
        figure.isLatency
          ? windows.filter(\.isFilled).map { log($0.value(figure)) }
          : windows.map { $0.requestsPerSecond / usual }
      }
      return bootstrap.difference(of: values(right), from: values(left))
        .map { Change(figure, $0) }
    }
  }

  /// At least a trifle: of a server that answered nothing every change is large.
  private func meanThroughput(_ windows: [Window]) -> Double {
    let sum = windows.map(\.requestsPerSecond).reduce(0, +)
    return max(sum / Double(max(windows.count, 1)), 1e-9)
  }
}
