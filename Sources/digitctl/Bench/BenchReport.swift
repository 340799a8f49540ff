import DigitLoad
import Measure
import PlainText

/// What a load found: an object of `--json`, or a few lines for people.
struct BenchReport: Encodable {
  let model: String
  let modelVersion: UInt32
  let batch: Int
  let connections: Int
  let pipeline: Int
  let seconds: Double
  let requestsPerSecond: Double
  let imagesPerSecond: Double
  /// Requests; answered, refused and lost ones add up to those sent.
  let sent: Int
  let answered: Int
  let refused: [String: Int]
  let lost: Int
  /// Images of the answered requests, and those of them that got another label than they have.
  let images: Int
  let wrong: Int
  let accuracy: Double?
  let latency: Spread
  let serverQueue: Spread
  let serverCompute: Spread
  /// Parts of the measured time.
  let clientBusy: Double
  let clientWaiting: Double
  let isLimitedByClient: Bool
  let warmUpRequests: Int
  let connectionsLost: Int

  enum CodingKeys: String, CodingKey {
    case model, batch, connections, pipeline, seconds, sent, answered, refused, lost, images
    case wrong, accuracy
    case modelVersion = "model_version"
    case requestsPerSecond = "requests_per_second"
    case imagesPerSecond = "images_per_second"
    case latency = "latency_us"
    case serverQueue = "server_queue_us"
    case serverCompute = "server_compute_us"
    case clientBusy = "client_busy"
    case clientWaiting = "client_waiting"
    case isLimitedByClient = "limited_by_client"
    case warmUpRequests = "warmup_requests"
    case connectionsLost = "connections_lost"
  }

  private let summaries: [(name: String, summary: LatencySummary)]

  init(_ outcome: LoadOutcome, plan: LoadPlan) {
    let measured = outcome.measured
    model = outcome.model
    modelVersion = outcome.modelVersion
    batch = plan.batch
    connections = plan.connections
    pipeline = plan.pipeline
    seconds = outcome.seconds
    requestsPerSecond = outcome.requestsPerSecond
    imagesPerSecond = outcome.imagesPerSecond
    sent = measured.sent
    answered = measured.answered
    refused = Dictionary(uniqueKeysWithValues: measured.refusals.map { ("\($0)", $1) })
    lost = measured.lost
    images = measured.images
    wrong = measured.wrong
    accuracy = measured.accuracy
    summaries = [
      ("latency", LatencySummary(measured.latencies)),
      ("server queue", LatencySummary(measured.queueTimes)),
      ("server compute", LatencySummary(measured.computeTimes)),
    ]
    latency = Spread(summaries[0].summary)
    serverQueue = Spread(summaries[1].summary)
    serverCompute = Spread(summaries[2].summary)
    clientBusy = outcome.client.busy
    clientWaiting = outcome.client.waiting
    isLimitedByClient = outcome.isLimitedByClient
    warmUpRequests = outcome.tallies.warmUp.sent
    connectionsLost = outcome.connectionsLost
  }

  var text: String {
    let refusals = refused.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    let rows = [
      ["model", "\(model) version \(modelVersion)"],
      [
        "load",
        "\(batch) images a request, \(pipeline) in flight on each of \(connections) connections",
      ],
      [
        "throughput",
        "\(Int(requestsPerSecond)) requests/s, \(Int(imagesPerSecond)) images/s over "
          + "\(fixed(seconds, 2)) s",
      ],
      [
        "requests",
        "\(sent) sent: \(answered) answered, "
          + "\(refusals.isEmpty ? "0" : refusals.joined(separator: " and ")) refused, \(lost) lost",
      ],
      ["accuracy", accuracy.map { "\(percent($0)) (\(wrong) of \(images) wrong)" } ?? "unknown"],
    ]
    return table(rows + summaries.map { [$0.name, "\($0.summary)"] } + [clientRow])
  }

  private var clientRow: [String] {
    let limit = isLimitedByClient ? ": the client is the limit" : ""
    return [
      "client",
      "busy \(percent(clientBusy)), waiting for a processor \(percent(clientWaiting))\(limit)",
    ]
  }
}
