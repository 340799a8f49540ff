import DigitCharts
import DigitLoad
import Foundation
import Measure

private let latencyAxis = Plot.Axis("latency, ms", isLogarithmic: true)

/// Latency over percentile, each nine as wide as the one before, as HdrHistogram draws it (Tene).
func percentileFigure(
  _ spreads: [(name: String, LatencyHistogram)], _ level: ServiceLevel?
) -> Figure {
  let colours: [Colour] = [.blue, .orange]
  let count = Double(spreads.map(\.1.count).max() ?? 0)
  let axis = Plot.Axis(
    "requests that took no longer", minimum: 1, maximum: max(count, 10), isLogarithmic: true,
    marks: percentileMarks.filter { $0.value <= max(count, 10) })
  let series = zip(spreads, colours).map { spread, colour in
    Plot.Series(spread.name, .line, colour, points: percentilePoints(spread.1))
  }
  return Figure(
    [
      .plot(
        Plot(
          title: "Latency by percentile", x: axis, y: latencyAxis, series: series,
          bound: level.map(boundMark)))
    ], width: 900, height: 450)
}

private func boundMark(_ level: ServiceLevel) -> Plot.Mark {
  Plot.Mark(level.bound / .milliseconds(1), level.argument)
}

/// A percentile lies at one over what it leaves out.
private let percentileMarks = zip(
  [2, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7],
  ["50 %", "90 %", "99 %", "99.9 %", "99.99 %", "99.999 %", "99.9999 %", "99.99999 %"]
).map(Plot.Mark.init)

private func percentilePoints(_ latencies: LatencyHistogram) -> [Plot.Point] {
  guard latencies.count > 0 else { return [] }
  let stepsPerNine = 25.0
  let steps = Int((log10(Double(latencies.count)) * stepsPerNine).rounded(.up))
  let points = (0...steps).map { step in
    let x = min(pow(10, Double(step) / stepsPerNine), Double(latencies.count))
    return point(x, nanoseconds: Double(latencies.percentileNanoseconds(1 - 1 / x)))
  }
  // The last of these leaves one request out: the slowest.
  let slowest = Double(latencies.maximumNanoseconds)
  return (points + [point(Double(latencies.count), nanoseconds: slowest)]).compactMap(\.self)
}

/// Nil for what a logarithmic axis cannot show.
private func point(_ x: Double, nanoseconds: Double) -> Plot.Point? {
  nanoseconds > 0 ? Plot.Point(x, nanoseconds / 1_000_000) : nil
}

/// What each interval of a load saw, at its end.
func timelineFigure(_ outcome: LoadOutcome, _ level: ServiceLevel?) -> Figure {
  let intervals = outcome.intervals
  let axis = Plot.Axis("seconds", minimum: 0)
  // Between two intervals without answers, one with them is a point and no line.
  let style: Plot.Style = intervals.count <= 60 || hasOutage(intervals) ? .markedLine : .line
  let latency = { (name: String, colour: Colour, of: KeyPath<LatencySummary, Double>) in
    Plot.Series(
      name, style, colour,
      points: intervals.map { interval in
        point(interval.end, nanoseconds: 1_000 * interval.latency[keyPath: of])
      })
  }
  let rate = { (name: String, colour: Colour, count: KeyPath<LoadCounts, Int>) in
    Plot.Series(
      name, style, colour,
      points: intervals.filter { $0.end > $0.start }.map {
        Plot.Point($0.end, Double($0.counts[keyPath: count]) / ($0.end - $0.start))
      })
  }
  let latencies = Plot(
    title: "Latency", x: axis, y: latencyAxis,
    series: [
      latency("p50", .blue, \.p50Microseconds), latency("p99", .orange, \.p99Microseconds),
      latency("max", .grey, \.maximumMicroseconds),
    ], bound: level.map(boundMark))
  let rates = Plot(
    title: "Throughput", x: axis, y: .init("requests/s", minimum: 0),
    series: [rate("sent", .grey, \.sent), rate("answered", .green, \.answered)])
  return Figure([.plot(latencies), .plot(rates)], width: 960, height: 450)
}

private func hasOutage(_ intervals: [LoadInterval]) -> Bool {
  intervals.contains { $0.counts.answered == 0 }
}

/// Latency over throughput, a mark for each load, labelled with its value; those that do not count
/// stand apart.
func curveFigure(_ loads: [(value: Double, run: LoadRun)], _ level: ServiceLevel?) -> Figure {
  let valid = loads.filter(\.run.isValid)
  let latency = { (name: String, colour: Colour, fraction: Double) in
    let (rising, others) = parted(
      valid.compactMap { curvePoint($0, fraction, isLabelled: fraction == 0.99) })
    return [
      Plot.Series(name, .markedLine, colour, points: rising),
      Plot.Series(rising.isEmpty ? name : nil, .marks, colour, points: others),
    ]
  }
  let invalid = Plot.Series(
    "p99, INVALID", .marks, .grey,
    points: loads.filter { !$0.run.isValid }.compactMap {
      curvePoint($0, 0.99, isLabelled: true)
    })
  let plot = Plot(
    title: "Latency by throughput", x: .init("images/s", minimum: 0), y: latencyAxis,
    series: latency("p50", .blue, 0.5) + latency("p99", .orange, 0.99)
      + latency("p99.9", .grey, 0.999) + [invalid],
    bound: level.map(boundMark))
  return Figure([.plot(plot)], width: 900, height: 500)
}

/// The points that lead on to a higher throughput each, which a line may join, and the others: with
/// these the line would turn back over itself.
private func parted(_ points: [Plot.Point]) -> (rising: [Plot.Point], others: [Plot.Point]) {
  var (rising, others): ([Plot.Point], [Plot.Point]) = ([], [])
  for point in points {
    if point.x > rising.last?.x ?? -1 { rising.append(point) } else { others.append(point) }
  }
  return (rising, others)
}

private func curvePoint(
  _ load: (value: Double, run: LoadRun), _ fraction: Double, isLabelled: Bool
) -> Plot.Point? {
  let outcome = load.run.outcome
  var point = point(
    outcome.imagesPerSecond,
    nanoseconds: Double(outcome.measured.latencies.percentileNanoseconds(fraction)))
  if isLabelled { point?.label = load.value.argument }
  return point
}
