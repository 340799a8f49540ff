import Foundation
import Measure
import PlainText

/// A report of `bench --json` of one load, as far as several of them can be one.
struct LoadRecord: Decodable {
  let door: String
  /// Whether `--balance` sent it, whose latencies have retries in them.
  let isBalanced: Bool
  let started: String
  let warmUpSeconds: Double
  let deadlineMilliseconds: Double?
  let batch: Int
  let connections: Int
  let pipeline: Int?
  let threads: Int
  let schedule: ScheduleRecord?
  let isValid: Bool
  let invalidReasons: [String]
  let figures: LoadFigures
  let servers: [LoadFigures]?

  private enum CodingKeys: String, CodingKey {
    case started, batch, connections, pipeline, threads, schedule, servers, scenario
    case door = "protocol"
    case isBalanced = "balanced"
    case warmUpSeconds = "warmup_seconds"
    case deadlineMilliseconds = "deadline_ms"
    case isValid = "valid"
    case invalidReasons = "invalid_reasons"
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    guard !container.contains(.scenario) else { throw IsScenario() }
    door = try container.decode(String.self, forKey: .door)
    isBalanced = try container.decodeIfPresent(Bool.self, forKey: .isBalanced) ?? false
    started = try container.decode(String.self, forKey: .started)
    warmUpSeconds = try container.decode(Double.self, forKey: .warmUpSeconds)
    deadlineMilliseconds = try container.decodeIfPresent(
      Double.self, forKey: .deadlineMilliseconds)
    batch = try container.decode(Int.self, forKey: .batch)
    connections = Int(try container.decode(UInt32.self, forKey: .connections))
    pipeline = try container.decodeIfPresent(Int.self, forKey: .pipeline)
    threads = Int(try container.decode(UInt32.self, forKey: .threads))
    schedule = try container.decodeIfPresent(ScheduleRecord.self, forKey: .schedule)
    isValid = try container.decode(Bool.self, forKey: .isValid)
    invalidReasons = try container.decode([String].self, forKey: .invalidReasons)
    servers = try container.decodeIfPresent([LoadFigures].self, forKey: .servers)
    figures = try LoadFigures(from: decoder)
  }

  /// Its figure is that of one client.
  struct IsScenario: Error {}

  /// What must be the same in reports that are to be one.
  var identity: [(name: String, value: String)] {
    [
      ("protocol", door), ("a load", isBalanced ? "with --balance" : "without --balance"),
      ("model", figures.model), ("model version", "\(figures.modelVersion)"),
      ("precision", figures.precision), ("batch", "\(batch)"),
      ("deadline", deadlineMilliseconds.map { "\($0) ms" } ?? "none"),
      ("schedule", schedule.map { "of kind \($0.kind)" } ?? "none"),
      ("images with labels", figures.accuracy == nil ? "no" : "yes"),
    ]
  }

  /// When its measured part ran, to a second; nil where the report does not say.
  var span: ClosedRange<Date>? {
    guard let date = try? Date(started, strategy: .iso8601),
      (0...1e6).contains(warmUpSeconds)
    else { return nil }
    let begin = date.addingTimeInterval(warmUpSeconds)
    return begin...begin.addingTimeInterval(figures.seconds + 1)
  }
}

/// How the requests of a report's open loop were scheduled.
struct ScheduleRecord: Decodable {
  let kind: String
  let from: Double?
  let to: Double?
  let arrivals: String?
  let heldBack: Int
  let neverSent: Int
  let late: Int
  let latenesses: LatencyHistogram

  private enum CodingKeys: String, CodingKey {
    case kind, from, to, arrivals, late
    case heldBack = "held_back"
    case neverSent = "never_sent"
    case latenesses = "lateness_histogram"
  }

  /// - Throws: `DecodingError`, `LoadFigures.Contradiction`.
  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    kind = try container.decode(String.self, forKey: .kind)
    from = try container.decodeIfPresent(Double.self, forKey: .from)
    to = try container.decodeIfPresent(Double.self, forKey: .to)
    arrivals = try container.decodeIfPresent(String.self, forKey: .arrivals)
    heldBack = try container.decode(Int.self, forKey: .heldBack)
    neverSent = try container.decode(Int.self, forKey: .neverSent)
    late = try container.decode(Int.self, forKey: .late)
    latenesses = try container.decode(LatencyHistogram.self, forKey: .latenesses)
    guard [heldBack, neverSent, late].allSatisfy({ (0...LoadFigures.countMax).contains($0) }) else {
      throw LoadFigures.Contradiction(description: "expected counts of requests, got others")
    }
  }
}

/// Several reports of loads that were driven at the same time, as one.
struct MergedLoads {
  typealias Source = (path: String, record: LoadRecord)

  let records: [LoadRecord]
  private let sources: [Source]
  private(set) var figures: LoadFigures
  /// By server, in the order in which they are named first.
  private(set) var servers: [LoadFigures]

  /// - Precondition: there is one.
  /// - Throws: `Misfit`.
  init(_ sources: [Source]) throws(Misfit) {
    self.sources = sources
    records = sources.map(\.record)
    for source in sources.dropFirst() { try Self.check(source, against: sources[0]) }
    try Self.checkTimes(sources)
    figures = records[0].figures
    for record in records.dropFirst() { figures.add(record.figures) }
    servers = []
    for share in records.flatMap({ $0.servers ?? [$0.figures] }) {
      if let index = servers.firstIndex(where: { $0.server == share.server }) {
        servers[index].add(share)
      } else {
        servers.append(share)
      }
    }
    figures.server = servers.map(\.server).joined(separator: ",")
  }

  /// Why two reports cannot be one.
  struct Misfit: Error, Equatable, CustomStringConvertible {
    let description: String
  }

  private static func check(_ source: Source, against first: Source) throws(Misfit) {
    for (one, other) in zip(first.record.identity, source.record.identity)
    where one.value != other.value {
      throw Misfit(
        description: "expected reports of one kind of load, got \(one.name) \(one.value) in "
          + "'\(first.path)' and \(other.value) in '\(source.path)'")
    }
  }

  /// Rates of loads that did not run together do not add up.
  private static func checkTimes(_ sources: [Source]) throws(Misfit) {
    let spans = sources.compactMap { source in source.record.span.map { (source.path, $0) } }
    if spans.count < sources.count {
      let path = sources.first { $0.record.span == nil }!.path
      throw Misfit(description: "expected the time of the load in '\(path)', got none")
    }
    let last = spans.max { $0.1.lowerBound < $1.1.lowerBound }!
    let first = spans.min { $0.1.upperBound < $1.1.upperBound }!
    guard last.1.lowerBound <= first.1.upperBound else {
      throw Misfit(
        description: "expected loads that ran at the same time, but that in '\(first.0)' had "
          + "ended when that in '\(last.0)' began: rates of such loads do not add up")
    }
  }

  var isValid: Bool { records.allSatisfy(\.isValid) }

  var invalidReasons: [String] {
    sources.flatMap { source in source.record.invalidReasons.map { "\(source.path): \($0)" } }
  }

  var connections: Int { records.reduce(0) { $0 + $1.connections } }

  /// Nil where the reports differ.
  var pipeline: Int? {
    records.allSatisfy { $0.pipeline == records[0].pipeline } ? records[0].pipeline : nil
  }

  var schedule: ScheduleReport? { ScheduleReport(adding: records.compactMap(\.schedule)) }
}

// MARK: - Telling

extension MergedLoads {
  /// As `bench --json` tells one load, so that it may be merged again; without intervals, which the
  /// clients cut at different moments.
  var object: JSONObject {
    var object = JSONObject()
    object.add("reports", records.count)
    object.add("protocol", records[0].door)
    if records[0].isBalanced { object.add("balanced", true) }
    object.add("started", records.map(\.started).min())
    object.add("warmup_seconds", records.map(\.warmUpSeconds).min())
    object.add("deadline_ms", records[0].deadlineMilliseconds)
    object.add("batch", records[0].batch)
    object.add("connections", connections)
    object.add("pipeline", pipeline)
    object.add("threads", records.reduce(0) { $0 + $1.threads })
    object.add("schedule", schedule)
    figures.write(to: &object)
    object.add("valid", isValid)
    object.add("invalid_reasons", invalidReasons)
    object.add(
      "servers",
      servers.map { share in
        var object = JSONObject()
        share.write(to: &object)
        return object
      })
    return object
  }

  var text: String {
    var rows = isValid ? [] : [["INVALID", invalidReasons.joined(separator: ". ")]]
    rows += [
      ["reports", "\(records.count)"], ["model", figures.served],
      ["throughput", figures.throughputText],
      ["requests", figures.requestsText(hasDeadline: records[0].deadlineMilliseconds != nil)],
      ["accuracy", figures.accuracyText], ["latency", spreadText(figures.latencies)],
    ]
    if let schedule {
      rows.append(["service time", spreadText(figures.serviceTimes)])
      rows.append(["schedule", schedule.text])
    }
    rows.append(["server queue", spreadText(figures.queueTimes)])
    rows.append(["server compute", spreadText(figures.computeTimes)])
    return table(rows) + (servers.count > 1 ? "\n" + LoadFigures.table(of: servers) : "")
  }
}
