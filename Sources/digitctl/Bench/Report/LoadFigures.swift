import DigitLoad
import EventLoop
import Measure

/// What became of a load, or of one server's part of one, as `--json` tells it: counts and whole
/// histograms, which add up exactly.
struct LoadFigures: Decodable, Sendable {
  /// Several with commas between them.
  var server: String
  var model: String
  var modelVersion: UInt32
  var precision: String
  var seconds: Double
  var requestsPerSecond: Double
  var imagesPerSecond: Double
  var counts: Counts
  /// By the name of the code.
  var refusals: [String: Int]
  /// Nil where it is unknown what the images show.
  var accuracy: Double?
  var latencies: LatencyHistogram
  var serviceTimes: LatencyHistogram
  var queueTimes: LatencyHistogram
  var computeTimes: LatencyHistogram

  struct Counts: Decodable {
    var sent: Int
    var answered: Int
    var timedOut: Int
    var lost: Int
    var abandoned: Int
    var duplicates: Int
    var strays: Int
    var images: Int
    var wrong: Int
    var warmUp: Int
    var connectionsLost: Int

    enum CodingKeys: String, CodingKey {
      case sent, answered, lost, abandoned, duplicates, strays, images, wrong
      case timedOut = "timed_out"
      case warmUp = "warmup_requests"
      case connectionsLost = "connections_lost"
    }

    static let all: [WritableKeyPath<Counts, Int> & Sendable] = [
      \.sent, \.answered, \.timedOut, \.lost, \.abandoned, \.duplicates, \.strays, \.images,
      \.wrong, \.warmUp, \.connectionsLost,
    ]
  }

  private enum CodingKeys: String, CodingKey {
    case server, model, precision, seconds, accuracy
    case modelVersion = "model_version"
    case requestsPerSecond = "requests_per_second"
    case imagesPerSecond = "images_per_second"
    case refusals = "refused"
    case latencies = "histogram"
    case serviceTimes = "service_histogram"
    case queueTimes = "server_queue_histogram"
    case computeTimes = "server_compute_histogram"
  }

  var refused: Int { refusals.values.reduce(0, +) }
}

extension LoadFigures {
  init(_ outcome: LoadOutcome, server: String) {
    let measured = outcome.measured
    self.server = server
    (model, modelVersion) = (outcome.model, outcome.modelVersion)
    precision = "\(outcome.precision)"
    seconds = outcome.seconds
    (requestsPerSecond, imagesPerSecond) = (outcome.requestsPerSecond, outcome.imagesPerSecond)
    counts = Counts(
      sent: measured.sent, answered: measured.answered, timedOut: measured.timedOut,
      lost: measured.lost, abandoned: measured.abandoned, duplicates: outcome.tallies.duplicates,
      strays: outcome.tallies.strays, images: measured.images, wrong: measured.wrong,
      warmUp: outcome.tallies.warmUp.sent, connectionsLost: outcome.connectionsLost)
    refusals = Dictionary(uniqueKeysWithValues: measured.refusals.map { ("\($0)", $1) })
    accuracy = measured.accuracy
    (latencies, serviceTimes) = (measured.latencies, measured.serviceTimes)
    (queueTimes, computeTimes) = (measured.queueTimes, measured.computeTimes)
  }
}

// MARK: - Reading and writing

extension LoadFigures {
  /// - Throws: `DecodingError`, `Contradiction`.
  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    server = try container.decode(String.self, forKey: .server)
    model = try container.decode(String.self, forKey: .model)
    modelVersion = try container.decode(UInt32.self, forKey: .modelVersion)
    precision = try container.decode(String.self, forKey: .precision)
    seconds = try container.decode(Double.self, forKey: .seconds)
    requestsPerSecond = try container.decode(Double.self, forKey: .requestsPerSecond)
    imagesPerSecond = try container.decode(Double.self, forKey: .imagesPerSecond)
    counts = try Counts(from: decoder)
    refusals = try container.decode([String: Int].self, forKey: .refusals)
    accuracy = try container.decodeIfPresent(Double.self, forKey: .accuracy)
    latencies = try container.decode(LatencyHistogram.self, forKey: .latencies)
    serviceTimes = try container.decode(LatencyHistogram.self, forKey: .serviceTimes)
    queueTimes = try container.decode(LatencyHistogram.self, forKey: .queueTimes)
    computeTimes = try container.decode(LatencyHistogram.self, forKey: .computeTimes)
    if let contradiction { throw Contradiction(description: contradiction) }
  }

  /// Figures that cannot be those of a load.
  struct Contradiction: Error, CustomStringConvertible {
    let description: String
  }

  /// Far above any load, and what may be added up a thousand times.
  static let countMax = 1 << 50

  /// Why these are no figures of a load.
  private var contradiction: String? {
    let numbers = Counts.all.map { counts[keyPath: $0] } + refusals.values
    guard numbers.allSatisfy({ (0...Self.countMax).contains($0) }), refusals.count <= 1_000 else {
      return "expected counts from 0 to \(Self.countMax)"
    }
    let ended = counts.answered + refused + counts.timedOut + counts.lost + counts.abandoned
    guard ended == counts.sent, counts.wrong <= counts.images else {
      return "expected an end for each of \(counts.sent) requests, got \(ended)"
    }
    let histograms = [latencies, serviceTimes, queueTimes, computeTimes]
    guard histograms.allSatisfy({ $0.count == counts.answered }) else {
      return "expected histograms of \(counts.answered) answers"
    }
    guard [seconds, requestsPerSecond, imagesPerSecond].allSatisfy({ $0 >= 0 && $0 < 1e15 }) else {
      return "expected a time and rates, got others"
    }
    return nil
  }

  func write(to object: inout JSONObject) {
    object.add("server", server)
    object.add("model", model)
    object.add("model_version", modelVersion)
    object.add("precision", precision)
    object.add("seconds", seconds)
    object.add("requests_per_second", requestsPerSecond)
    object.add("images_per_second", imagesPerSecond)
    object.add("sent", counts.sent)
    object.add("answered", counts.answered)
    object.add("refused", refusals)
    object.add("timed_out", counts.timedOut)
    object.add("lost", counts.lost)
    object.add("abandoned", counts.abandoned)
    object.add("duplicates", counts.duplicates)
    object.add("strays", counts.strays)
    object.add("images", counts.images)
    object.add("wrong", counts.wrong)
    object.add("accuracy", accuracy)
    object.add("warmup_requests", counts.warmUp)
    object.add("connections_lost", counts.connectionsLost)
    writeLatencies(to: &object)
  }

  /// From the intended start, from the actual sending, and the server's own two figures; null where
  /// nothing was answered.
  private func writeLatencies(to object: inout JSONObject) {
    for (name, latencies) in [
      ("latency_us", latencies), ("service_us", serviceTimes),
      ("server_queue_us", queueTimes), ("server_compute_us", computeTimes),
    ] {
      object.addOrNull(name, latencies.count > 0 ? Spread(LatencySummary(latencies)) : nil)
    }
    object.add(CodingKeys.latencies.rawValue, latencies)
    object.add(CodingKeys.serviceTimes.rawValue, serviceTimes)
    object.add(CodingKeys.queueTimes.rawValue, queueTimes)
    object.add(CodingKeys.computeTimes.rawValue, computeTimes)
  }
}

// MARK: - Adding up

extension LoadFigures {
  /// Adds a load that was driven at the same time: counts and histograms are then those of one
  /// load, rates are the sum of both, and the time is the longer one's.
  mutating func add(_ other: LoadFigures) {
    for path in Counts.all { counts[keyPath: path] += other.counts[keyPath: path] }
    refusals.merge(other.refusals, uniquingKeysWith: +)
    seconds = max(seconds, other.seconds)
    requestsPerSecond += other.requestsPerSecond
    imagesPerSecond += other.imagesPerSecond
    latencies.merge(other.latencies)
    serviceTimes.merge(other.serviceTimes)
    queueTimes.merge(other.queueTimes)
    computeTimes.merge(other.computeTimes)
    if accuracy != nil {
      accuracy =
        counts.images > 0 ? Double(counts.images - counts.wrong) / Double(counts.images) : nil
    }
  }
}
