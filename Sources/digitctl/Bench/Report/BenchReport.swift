import DigitLoad
import Foundation
import Measure

/// What a load found, as an object of `--json`.
struct BenchReport: Encodable {
  /// As it was named on the command line.
  let server: String
  /// When the first request went, in UTC.
  let started: String
  /// What was asked for: how long, how many requests, or of a scenario both at least.
  let duration: Double?
  let requests: Int?
  let warmUp: Double
  /// Milliseconds; nil where requests had none.
  let deadline: Double?
  let model: String
  let modelVersion: UInt32
  /// What the model computes with.
  let precision: String
  let batch: Int
  let connections: Int
  let pipeline: Int
  /// Of the client.
  let threads: Int
  /// Nil in a closed loop.
  let schedule: ScheduleReport?
  let seconds: Double
  let requestsPerSecond: Double
  let imagesPerSecond: Double
  /// Requests; answered, refused, timed out, lost and abandoned ones add up to those sent.
  let sent: Int
  let answered: Int
  let refused: [String: Int]
  let timedOut: Int
  let lost: Int
  let abandoned: Int
  let duplicates: Int
  let strays: Int
  /// Images of the answered requests, and those of them that got another label than they have.
  let images: Int
  let wrong: Int
  let accuracy: Double?
  /// From the intended start, from the actual sending, and the server's own two figures.
  let latency: Spread
  let service: Spread
  let serverQueue: Spread
  let serverCompute: Spread
  let serverBatches: ServerBatches?
  /// Parts of the measured time.
  let clientBusy: Double
  let clientWaiting: Double
  let isLimitedByClient: Bool
  let warmUpRequests: Int
  let connectionsLost: Int
  let isValid: Bool
  let invalidReasons: [String]
  let intervals: [IntervalRow]
  let histogram: LatencyHistogram
  var scenario: ScenarioReport?

  enum CodingKeys: String, CodingKey {
    case server, started, requests
    case duration = "duration_seconds"
    case warmUp = "warmup_seconds"
    case deadline = "deadline_ms"
    case model, precision, batch, connections, pipeline, threads, schedule, seconds, sent, answered
    case refused, lost, abandoned, duplicates, strays, images, wrong, accuracy, intervals
    case histogram, scenario
    case modelVersion = "model_version"
    case requestsPerSecond = "requests_per_second"
    case imagesPerSecond = "images_per_second"
    case timedOut = "timed_out"
    case latency = "latency_us"
    case service = "service_us"
    case serverQueue = "server_queue_us"
    case serverCompute = "server_compute_us"
    case serverBatches = "server_batches"
    case clientBusy = "client_busy"
    case clientWaiting = "client_waiting"
    case isLimitedByClient = "limited_by_client"
    case warmUpRequests = "warmup_requests"
    case connectionsLost = "connections_lost"
    case isValid = "valid"
    case invalidReasons = "invalid_reasons"
  }

  /// Which model answered, and how it computes.
  var served: String { "\(model) version \(modelVersion), \(precision)" }

  init(_ run: LoadDriver.Run, options: BenchOptions, started: Date) {
    let (outcome, measured) = (run.outcome, run.outcome.measured)
    server = options.server.address
    self.started = started.formatted(.iso8601)
    (duration, requests) = run.plan.extent.asked
    warmUp = run.plan.warmUp / .seconds(1)
    deadline = run.plan.deadline.map { $0 / .milliseconds(1) }
    model = outcome.model
    modelVersion = outcome.modelVersion
    precision = "\(outcome.precision)"
    batch = run.plan.batch
    connections = run.plan.connections
    pipeline = run.plan.pipeline
    threads = options.threads
    schedule = ScheduleReport(run, bounds: options.bounds)
    seconds = outcome.seconds
    requestsPerSecond = outcome.requestsPerSecond
    imagesPerSecond = outcome.imagesPerSecond
    sent = measured.sent
    answered = measured.answered
    refused = Dictionary(uniqueKeysWithValues: measured.refusals.map { ("\($0)", $1) })
    timedOut = measured.timedOut
    lost = measured.lost
    abandoned = measured.abandoned
    duplicates = outcome.tallies.duplicates
    strays = outcome.tallies.strays
    images = measured.images
    wrong = measured.wrong
    accuracy = measured.accuracy
    latency = Spread(LatencySummary(measured.latencies))
    service = Spread(LatencySummary(measured.serviceTimes))
    serverQueue = Spread(LatencySummary(measured.queueTimes))
    serverCompute = Spread(LatencySummary(measured.computeTimes))
    serverBatches = run.batches
    clientBusy = outcome.client.busy
    clientWaiting = outcome.client.waiting
    isLimitedByClient = outcome.isLimitedByClient
    warmUpRequests = outcome.tallies.warmUp.sent
    connectionsLost = outcome.connectionsLost
    isValid = run.isValid
    invalidReasons = run.invalidities.map(\.description)
    intervals = outcome.intervals.map(IntervalRow.init)
    histogram = measured.latencies
  }
}

extension LoadPlan.Extent {
  fileprivate var asked: (seconds: Double?, requests: Int?) {
    switch self {
    case .time(let time): (time / .seconds(1), nil)
    case .requests(let count): (nil, count)
    case .atLeast(let count, let time): (time / .seconds(1), count)
    }
  }
}
