import DigitHTTP
import DigitServer
import DigitWire
import EventLoop
import Testing

/// What is counted of each model, read as a scrape shows it.
struct ModelMetricsTests {
  private let start = Instant(nanoseconds: 1_000_000_000)
  private let asker = AnswerRecorder()

  private func figures(_ bench: InferenceBench) -> ServerFigures {
    ServerFigures(loops: [bench.metrics], queue: bench.queue, began: start, version: "1")
  }

  private func model(
    _ name: String, version: UInt32 = 1, nanosecondsPerImage: UInt64 = 1_000
  ) -> LoadedModel {
    LoadedModel(
      name: name, version: version, plan: TestModels.small.plan,
      cost: ComputeCost(nanosecondsPerBatch: 0, nanosecondsPerImage: nanosecondsPerImage))
  }

  /// Those that are not zero, of the one model that was asked.
  private func outcomes(_ bench: InferenceBench) -> [RequestOutcome: UInt64] {
    let totals = figures(bench).modelTotals
    let counts = RequestOutcome.allCases.map { ($0, totals[0].count(of: $0)) }
    return Dictionary(uniqueKeysWithValues: counts.filter { $0.1 > 0 })
  }

  @Test func `a request that is answered counts as that, and one with a wrong answer as failed`()
    throws
  {
    let bench = try InferenceBench()
    for tag in UInt64(1)...3 { try bench.ask(asker, tag: tag, images: 1, now: start) }
    bench.work(answering: 0.1, now: start)
    try bench.ask(asker, tag: 4, images: 1, now: start)
    bench.work(answering: .nan, now: start)
    #expect(outcomes(bench) == [.answered: 3, .failed: 1])
  }

  @Test func `a request that finds no room, or loses it, counts as refused`() throws {
    let bench = try InferenceBench(imagesMax: 4)
    let request = InferenceRequest(
      model: TestModels.small, pixelType: .uint8, imageCount: 3, asker: asker, tag: 1)
    bench.service.stall(try bench.service.begin(request, now: start))
    try bench.ask(asker, tag: 2, images: 4, now: start)
    #expect(outcomes(bench) == [.refused: 1])
    #expect(throws: Rejection.self) { try bench.ask(asker, tag: 3, images: 1, now: start) }
    #expect(outcomes(bench) == [.refused: 2])
  }

  @Test func `a request with a wrong pixel counts as refused`() throws {
    let bench = try InferenceBench()
    let request = InferenceRequest(
      model: TestModels.small, pixelType: .float32, imageCount: 1, asker: asker, tag: 1)
    let index = try bench.service.begin(request, now: start)
    [Float](repeating: 2, count: 784).withUnsafeBytes { bench.service.fill(index, with: $0) }
    #expect(throws: Rejection.badPixel(image: 0)) {
      try bench.service.finishFilling(index, now: start)
    }
    #expect(outcomes(bench) == [.refused: 1])
  }

  @Test func `a deadline that is out of reach, and one that passes, count alike`() throws {
    let bench = try InferenceBench()
    let model = model("m", nanosecondsPerImage: 10_000)
    func ask(_ tag: UInt64, _ deadline: UInt64) throws {
      try bench.ask(
        asker, tag: tag, images: 1, of: model, deadlineMicroseconds: deadline, now: start)
    }
    #expect(throws: Rejection.self) { try ask(1, 9) }
    try ask(2, 100)
    bench.work(answering: 0.1, now: start.advanced(byMicroseconds: 200))
    #expect(outcomes(bench) == [.deadlineExceeded: 2])
  }

  @Test func `a request that its client takes back, or that nobody waits for, is abandoned once`()
    throws
  {
    let bench = try InferenceBench()
    let cancelled = try bench.ask(asker, tag: 1, images: 1, now: start)
    let wasCancelled = bench.service.cancel(cancelled)
    #expect(wasCancelled)
    let taken = try bench.ask(asker, tag: 2, images: 1, now: start)
    var batch = Batch()
    bench.queue.poll(into: &batch, now: start)
    bench.service.abandon(taken)
    batch.handBack(to: [bench.port], started: start, finished: start)
    bench.service.fetchCompletions()
    #expect(outcomes(bench) == [.abandoned: 2])
  }

  @Test func `an answered request's times are each in their histogram`() throws {
    let bench = try InferenceBench()
    try bench.ask(asker, tag: 1, images: 1, now: start)
    bench.clock.now = start.advanced(byMicroseconds: 450)
    bench.work(answering: 0.1, now: start.advanced(byMicroseconds: 300), taking: 50)
    // Not answered, so in none.
    try bench.ask(asker, tag: 2, images: 1, now: start)
    bench.work(answering: .nan, now: start)
    let families = figures(bench).families(now: start)
    for (name, le, before, sum) in [
      ("request", "0.0005", "0.0003", "0.00045"), ("queue", "0.0003", "0.0002", "0.0003"),
      ("compute", "5e-05", "3e-05", "0.00005"),
    ] {
      let lines = lines(families, of: "digitd_\(name)_duration_seconds")
      let labels = #"model="small",version="1""#
      #expect(lines["_bucket{\(labels),le=\"\(before)\"}"] == "0")
      #expect(lines["_bucket{\(labels),le=\"\(le)\"}"] == "1")
      #expect(lines["_sum{\(labels)}"] == sum)
      #expect(lines["_count{\(labels)}"] == "1")
    }
  }

  @Test func `what HTTP interfaces tell of a model is what was counted`() throws {
    let bench = try InferenceBench()
    try bench.ask(asker, tag: 1, images: 2, now: start)
    bench.clock.now = start.advanced(byMicroseconds: 450)
    bench.work(answering: 0.1, now: start.advanced(byMicroseconds: 300), taking: 50)
    let last = start.advanced(by: .seconds(3))
    try bench.ask(asker, tag: 2, images: 1, now: last)
    bench.work(answering: .nan, now: last)
    let figures = figures(bench)
    let counters = figures.counters(of: TestModels.small)
    #expect(counters.answeredCount == 1 && counters.failedCount == 1)
    #expect(counters.imageCount == 3 && counters.batchCount == 2)
    #expect(counters.totalMicroseconds == 450)
    #expect(counters.queueMicroseconds == 300 && counters.computeMicroseconds == 50)
    let began = figures.beganNanosecondsSince1970 / 1_000_000
    #expect(counters.lastRequestMilliseconds == began + 3_000)
    #expect(figures.counters(of: model("other")) == ServedModel.Counters())
  }

  @Test func `what is shed counts by model and reason, and what waits has an age`() throws {
    let bench = try InferenceBench(imagesMax: 4)
    let slow = model("slow", nanosecondsPerImage: 10_000)
    #expect(throws: Rejection.self) {
      try bench.ask(
        asker, tag: 1, images: 1, of: slow, deadlineMicroseconds: 9, now: start)
    }
    try bench.ask(asker, tag: 2, images: 2, now: start)
    try bench.ask(AnswerRecorder(), tag: 3, images: 1, now: start.advanced(byMicroseconds: 40))
    bench.service.submit()
    let reply = figures(bench).statsReply(
      now: start.advanced(byMicroseconds: 100), tellsModels: true)
    func value(_ name: String, of model: String) -> UInt64? {
      reply.models.first { $0.name == model }?.entries.first { $0.name == name }?.value
    }
    #expect(value("requests_shed_deadline_out_of_reach", of: "slow") == 1)
    #expect(value("requests_shed_deadline_out_of_reach", of: "small") == 0)
    #expect(value("images_queued", of: "small") == 3)
    #expect(value("queue_age_microseconds", of: "small") == 100)
    #expect(value("images_queued", of: "slow") == 0)
    #expect(value("queue_age_microseconds", of: "slow") == 0)
    let lines = lines(figures(bench).families(now: start), of: "digitd_requests_shed")
    #expect(lines[#"_total{model="slow",version="1",reason="deadline_out_of_reach"}"#] == "1")
  }

  @Test func `STATS has percentiles over all models, and models only where they are wanted`()
    throws
  {
    let bench = try InferenceBench()
    try bench.ask(asker, tag: 1, images: 2, now: start)
    bench.clock.now = start.advanced(byMicroseconds: 450)
    bench.work(answering: 0.1, now: start.advanced(byMicroseconds: 300), taking: 50)
    func reply(_ tellsModels: Bool) -> StatsReply {
      figures(bench).statsReply(now: start, tellsModels: tellsModels)
    }
    #expect(reply(false).models.isEmpty)
    let values = Dictionary(
      uniqueKeysWithValues: reply(true).entries.map { ($0.name, $0.value) })
    for percent in [50, 90, 99] {
      #expect(values["request_p\(percent)_microseconds"] == 500)
      #expect(values["queue_p\(percent)_microseconds"] == 300)
      #expect(values["compute_p\(percent)_microseconds"] == 50)
    }
    let histograms = reply(true).models[0].histograms
    #expect(
      histograms.map(\.name) == [
        "total_nanoseconds", "queue_nanoseconds", "compute_nanoseconds", "batch_images",
      ])
    #expect(
      histograms[0]
        == .init(
          "total_nanoseconds", sum: 450_000, buckets: [.init(upperBound: 500_000, count: 1)]))
    #expect(histograms[3].buckets == [.init(upperBound: 2, count: 1)])
  }

  @Test func `statistics of more models than a payload holds leave out the last`() throws {
    let bench = try InferenceBench()
    bench.service.serve((0..<3_000).map { model("model-\($0)") })
    let models = figures(bench).statsReply(now: start, tellsModels: true).models
    #expect(models.count > 500 && models.count < 3_000)
    #expect(models.first?.name == "model-0")
    #expect(
      StatsReply(uptimeMicroseconds: 0, entries: [], models: models).payloadByteCount <= 1 << 20)
  }

  @Test func `batches count by size, and their images by model`() throws {
    let bench = try InferenceBench()
    for tag in UInt64(1)...3 { try bench.ask(asker, tag: tag, images: 1, now: start) }
    bench.work(answering: 0.1, now: start)
    let other = model("other")
    try bench.ask(asker, tag: 4, images: 5, of: other, now: start)
    bench.work(answering: 0.1, now: start)
    let families = figures(bench).families(now: start)
    let lines = lines(families, of: "digitd_batch_images")
    for (model, buckets) in [("small", ["1": 0, "2": 0, "4": 1]), ("other", ["4": 0, "8": 1])] {
      for (le, count) in buckets {
        let key = "_bucket{model=\"\(model)\",version=\"1\",le=\"\(le).0\"}"
        #expect(lines[key] == "\(count)", "\(key)")
      }
    }
    #expect(lines[#"_sum{model="other",version="1"}"#] == "5")
    let images = self.lines(families, of: "digitd_images")
    #expect(images[#"_total{model="small",version="1"}"#] == "3")
    #expect(images[#"_total{model="other",version="1"}"#] == "5")
  }

  /// What a scrape has behind the family's name, line by line.
  private func lines(_ families: [MetricFamily], of name: String) -> [String: String] {
    let text = String(
      decoding: Exposition.text(families.filter { $0.name == name }, as: .openMetrics),
      as: UTF8.self)
    let lines = text.split(separator: "\n").filter { $0.hasPrefix(name) }.map { line in
      let parts = line.dropFirst(name.count).split(separator: " ")
      return (String(parts[0]), String(parts[1]))
    }
    return Dictionary(uniqueKeysWithValues: lines)
  }
}

/// Models that come and go.
struct ModelMetricsListTests {
  private let start = Instant(nanoseconds: 1_000_000_000)
  private let asker = AnswerRecorder()

  private func model(_ version: Int) -> LoadedModel {
    LoadedModel(
      name: "m", version: UInt32(version), plan: TestModels.small.plan,
      cost: ComputeCost(nanosecondsPerBatch: 0, nanosecondsPerImage: 1_000))
  }

  private func ask(_ bench: InferenceBench, _ model: LoadedModel) throws {
    try bench.ask(asker, tag: 1, images: 1, of: model, now: start)
    bench.work(answering: 0.1, now: start)
  }

  private func answers(_ bench: InferenceBench) -> [UInt32: UInt64] {
    let figures = ServerFigures(
      loops: [bench.metrics], queue: bench.queue, began: start, version: "1")
    return Dictionary(
      uniqueKeysWithValues: figures.modelTotals.map { ($0.version, $0.count(of: .answered)) })
  }

  @Test func `a model that is served is shown before its first request`() throws {
    let bench = try InferenceBench()
    bench.service.serve([model(1), model(2)])
    #expect(answers(bench) == [1: 0, 2: 0])
  }

  @Test func `a model that is served no longer is still shown, and counts go on when it is back`()
    throws
  {
    let bench = try InferenceBench()
    bench.service.serve([model(1)])
    try ask(bench, model(1))
    bench.service.serve([model(2)])
    #expect(answers(bench) == [1: 1, 2: 0])
    let again = model(1)
    bench.service.serve([again])
    try ask(bench, again)
    #expect(answers(bench) == [1: 2, 2: 0])
  }

  @Test func `a request counts for the model that it began with`() throws {
    let bench = try InferenceBench()
    let first = model(1)
    bench.service.serve([first])
    try bench.ask(asker, tag: 1, images: 1, of: first, now: start)
    bench.service.serve([model(2)])
    bench.work(answering: 0.1, now: start)
    #expect(answers(bench) == [1: 1, 2: 0])
  }

  @Test func `of many models that came and went the last are shown`() throws {
    let bench = try InferenceBench()
    for version in 1...40 {
      let model = model(version)
      bench.service.serve([model])
      try ask(bench, model)
    }
    #expect(answers(bench).keys.sorted() == Array(24...40))
    // Asked for by nobody who knows what is served, but asked for.
    for version in 100...140 { try ask(bench, model(version)) }
    #expect(answers(bench).keys.sorted() == [40] + Array(125...140))
  }
}

struct LatencyBucketsTests {
  @Test func `each bound ends its bucket`() {
    let bounds = LatencyBuckets.upperBoundsNanoseconds
    #expect(bounds.first == 5_000 && bounds.last == 10_000_000_000)
    #expect(bounds == bounds.sorted() && Set(bounds).count == bounds.count)
    for (index, bound) in bounds.enumerated() {
      #expect(LatencyBuckets.index(of: bound) == index)
      #expect(LatencyBuckets.index(of: bound + 1) == index + 1)
    }
    #expect(LatencyBuckets.index(of: 0) == 0)
    #expect(LatencyBuckets.index(of: .max) == bounds.count)
  }

  @Test func `no bucket is wider than two thirds of its lower bound`() {
    let bounds = LatencyBuckets.upperBoundsNanoseconds
    for (lower, upper) in zip(bounds, bounds.dropFirst()) {
      #expect((upper - lower) * 3 <= lower * 2)
    }
  }
}
