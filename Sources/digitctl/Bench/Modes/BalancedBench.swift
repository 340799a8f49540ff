import DigitClient
import DigitLoad
import EventLoop
import Foundation
import Measure
import PlainText
import ProgramShell

/// `--balance`: a schedule sent by the library's `DigitPool`, as programs that balance themselves
/// send it: each request to the less busy of two connections, and again where one fails. The pool
/// looks names up itself, again and again.
struct BalancedBench: Sendable {
  private let settings: LoadSettings

  /// - Throws: `Misuse`.
  init(_ given: inout GivenOptions) throws {
    var settings = try LoadSettings(&given, .names)
    try settings.takeSchedule(&given)
    guard settings.hasSchedule else {
      throw Misuse("--balance requires a schedule: --rate, --ramp or --trace")
    }
    guard settings.plan.door == .binary else {
      throw Misuse("expected --balance or --http, got both")
    }
    self.settings = settings
  }

  func run() async throws -> ExitCode {
    let (settings, images) = try settings.ready()
    let load = try BalancedLoad(settings, images)
    let started = Date()
    let outcome = try await load.run()
    let report = BalancedReport(settings: settings, started: started, outcome: outcome)
    if settings.isJSON { try printJSON(report.object) } else { say(report.text) }
    let figures = outcome.figures
    guard figures.counts.answered == figures.counts.sent, figures.counts.sent > 0 else {
      complain(
        "digitctl: expected an answer to each of \(figures.counts.sent) requests, got "
          + "\(figures.counts.answered)"
          + (outcome.firstTrouble.map { "; the first failed with: \($0)" } ?? ""))
      return .failed
    }
    return report.invalidReasons.isEmpty ? .done : .failed
  }
}

/// One such load, driven once.
private final class BalancedLoad: Sendable {
  private let plan: LoadPlan
  private let images: LabelledImages
  private let pool: DigitPool
  private let tally: Guarded<BalancedTally>
  private let interruption = Interruption.watch()

  init(_ settings: LoadSettings, _ images: LoadImages) throws {
    plan = settings.plan
    self.images = LabelledImages(
      pixels: images.pixels, labels: images.labels, batch: plan.batch)
    var options = PoolOptions()
    options.client.token = plan.token
    options.client.tls = try settings.server.tls.read()
    options.client.connectTimeout = plan.connectTimeout
    // A pool connects once to each server for each time that its address or name is there.
    let each = plan.connections / plan.servers.count
    let addresses = plan.servers.map(\.description)
    pool = try DigitPool((0..<each).flatMap { _ in addresses }, options: options)
    tally = Guarded(BalancedTally(server: addresses.joined(separator: ","), images.labels != nil))
  }

  func run() async throws -> BalancedOutcome {
    guard case .openLoop(let schedule) = plan.pacing else { preconditionFailure("an open loop") }
    var arrivals = Arrivals(schedule, leadIn: plan.warmUp)
    let span = Agenda.span(of: arrivals, plan)
    var rotation = ImageRotation(images, order: plan.order)
    let start = Instant.now
    let measuredFrom = start.advanced(by: plan.warmUp)
    let end = measuredFrom.advanced(by: span)
    await withDiscardingTaskGroup { group in
      while !interruption.isRequested, let offset = arrivals.next() {
        let intended = start.advanced(byNanoseconds: offset)
        guard intended < end else { break }
        await wait(until: intended)
        let isMeasured = intended >= measuredFrom
        let first = rotation.next()
        tally.withLock { $0.began(isMeasured, intended: intended) }
        group.addTask { await self.ask(first, intended, isMeasured) }
      }
    }
    await pool.close()
    return tally.withLock {
      $0.outcome(plan, seconds: span / .seconds(1), since: measuredFrom)
    }
  }

  private func wait(until moment: Instant) async {
    let now = Instant.now
    guard now < moment else { return }
    try? await Task.sleep(
      for: .nanoseconds(Int64(moment.nanoseconds(since: now))), tolerance: .zero)
  }

  private func ask(_ first: Int, _ intended: Instant, _ isMeasured: Bool) async {
    let begun = Instant.now
    let pixels = images.pixels[images.byteRange(from: first)]
    let model = plan.model.map { ModelChoice.named($0) } ?? .serverDefault
    do {
      let prediction = try await pool.predict(
        ImageBatch(pixels), model: model, deadline: plan.deadline ?? plan.answerTimeout)
      let now = Instant.now
      let correct = images.correctCount(from: first, in: prediction.images.map(\.label))
      tally.withLock {
        $0.answered(
          prediction, correct: correct, isMeasured,
          latency: now.nanoseconds(since: intended), service: now.nanoseconds(since: begun),
          now: now)
      }
    } catch {
      tally.withLock { $0.failed(error, isMeasured) }
    }
  }
}

/// What became of the requests so far.
private struct BalancedTally {
  private var figures: LoadFigures
  private var lateness = LatencyHistogram()
  private var isJudged: Bool
  private var lastAnswer: Instant?
  private var firstTrouble: String?
  private var versions: [UInt32: Int] = [:]
  private var served: (name: String, precision: String) = ("", "")

  init(server: String, _ isJudged: Bool) {
    self.isJudged = isJudged
    figures = LoadFigures(
      server: server, model: "", modelVersion: 0, precision: "", seconds: 0, requestsPerSecond: 0,
      imagesPerSecond: 0,
      counts: LoadFigures.Counts(
        sent: 0, answered: 0, timedOut: 0, lost: 0, abandoned: 0, duplicates: 0, strays: 0,
        images: 0, wrong: 0, warmUp: 0, connectionsLost: 0),
      refusals: [:], accuracy: nil, latencies: LatencyHistogram(),
      serviceTimes: LatencyHistogram(), queueTimes: LatencyHistogram(),
      computeTimes: LatencyHistogram())
  }

  mutating func began(_ isMeasured: Bool, intended: Instant) {
    guard isMeasured else {
      figures.counts.warmUp += 1
      return
    }
    figures.counts.sent += 1
    lateness.record(nanoseconds: Instant.now.nanoseconds(since: intended))
  }

  mutating func answered(
    _ prediction: Prediction, correct: Int?, _ isMeasured: Bool, latency: UInt64, service: UInt64,
    now: Instant
  ) {
    guard isMeasured else { return }
    lastAnswer = now
    versions[prediction.modelVersion, default: 0] += 1
    served = (prediction.model, "\(prediction.precision)")
    figures.counts.answered += 1
    figures.counts.images += prediction.images.count
    figures.counts.wrong += correct.map { prediction.images.count - $0 } ?? 0
    figures.latencies.record(nanoseconds: latency)
    figures.serviceTimes.record(nanoseconds: service)
    figures.queueTimes.record(prediction.serverQueue)
    figures.computeTimes.record(prediction.serverCompute)
  }

  mutating func failed(_ error: any Error, _ isMeasured: Bool) {
    firstTrouble = firstTrouble ?? "\(error)"
    guard isMeasured else { return }
    switch error as? DigitClientError {
    case .refused(let message): figures.refusals["\(message.code)", default: 0] += 1
    case .timedOut: figures.counts.timedOut += 1
    case .closed, .invalidAddress, .invalidNetwork, .connectFailed, .tlsFailed, .handshakeFailed,
      .connectionLost, .unknownModel, .tooManyImages, .invalidImages, .serverLeaving,
      .tooManyWaiting, nil:
      figures.counts.lost += 1
    }
  }

  func outcome(_ plan: LoadPlan, seconds: Double, since origin: Instant) -> BalancedOutcome {
    var figures = figures
    figures.model = served.name
    figures.precision = served.precision
    figures.modelVersion = versions.keys.max() ?? 0
    let last = lastAnswer.map { Double($0.nanoseconds(since: origin)) * 1e-9 } ?? 0
    figures.seconds = max(seconds, last)
    figures.requestsPerSecond = Double(figures.counts.answered) / figures.seconds
    figures.imagesPerSecond = Double(figures.counts.images) / figures.seconds
    let images = figures.counts.images
    if isJudged, images > 0 {
      figures.accuracy = Double(images - figures.counts.wrong) / Double(images)
    }
    return BalancedOutcome(
      figures: figures, lateness: lateness, versions: versions, firstTrouble: firstTrouble)
  }
}

/// What a balanced load found.
struct BalancedOutcome: Sendable {
  let figures: LoadFigures
  /// How much later than meant requests were handed to the pool.
  let lateness: LatencyHistogram
  /// Answers by the version of the model that gave them.
  let versions: [UInt32: Int]
  let firstTrouble: String?
}
