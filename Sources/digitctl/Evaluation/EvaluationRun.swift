import DigitClient
import DigitEvaluation
import DigitFiles
import DigitWire
import Measure
import Synchronization

/// Sends a labelled set to a server over some connections, a number of requests always in flight.
final class EvaluationRun: Sendable {
  struct Plan: Sendable {
    /// Images in a request.
    var batch = 64
    var connections = 1
    /// Requests in flight on each connection.
    var pipeline = 4
  }

  struct Outcome: Sendable {
    var modelVersion: UInt32 = 0
    var model = ""
    /// Nil where no answer came.
    var precision: Precision?
    /// One for each image that was sent, which are all or, after `stop`, the first ones; -1 where
    /// no answer came.
    var labels: [Int]
    /// What was answered, each request's images in one.
    var answers: [Answer] = []
    var latencies = LatencyHistogram()
    /// Images without an answer, by the code of what came instead.
    var errors: [String: Int] = [:]
    var firstError: String?
    var seconds = 0.0
  }

  /// What a server said about images that stand side by side.
  struct Answer: Sendable {
    /// The index of the first.
    let first: Int
    let labels: [Int]
    /// A row for each image.
    let probabilities: [[Float]]
  }

  let progress = Progress()

  private let images: ImageSet
  private let clients: [DigitClient]
  private let model: ModelChoice
  private let plan: Plan
  private let nextBatch = Atomic(0)
  private let isStopped = Atomic(false)

  init(images: ImageSet, clients: [DigitClient], model: ModelChoice, plan: Plan) {
    self.images = images
    self.clients = clients
    self.model = model
    self.plan = plan
  }

  /// Sends nothing more; what has been sent is waited for.
  func stop() { isStopped.store(true, ordering: .relaxed) }

  /// - Throws: `DigitClientError` that no request of this plan could escape, such as an unknown
  ///   model; errors of single requests are counted in the outcome.
  func run() async throws -> Outcome {
    let start = ContinuousClock.now
    let lanes = clients.flatMap { Array(repeating: $0, count: plan.pipeline) }
    var whole = Outcome(labels: Array(repeating: -1, count: images.count))
    try await withThrowingTaskGroup(of: LaneOutcome.self) { group in
      for client in lanes { group.addTask { try await self.run(on: client) } }
      for try await lane in group { whole.add(lane) }
    }
    whole.labels.removeLast(max(images.count - sentCount, 0))
    whole.seconds = (ContinuousClock.now - start) / .seconds(1)
    return whole
  }

  private var sentCount: Int { nextBatch.load(ordering: .relaxed) * plan.batch }

  /// Takes batches until there are no more.
  private func run(on client: DigitClient) async throws -> LaneOutcome {
    var lane = LaneOutcome()
    while let range = takeBatch() {
      let pixels = images.pixels[
        range.lowerBound * images.pixelsPerImage..<range.upperBound * images.pixelsPerImage]
      let start = ContinuousClock.now
      do {
        let prediction = try await client.predict(
          ImageBatch(pixels), model: model, returning: .probabilities)
        lane.latencies.record(ContinuousClock.now - start)
        lane.add(prediction, range, truth: images.labels[range])
        progress.add(range.count, correct: lane.lastCorrect)
      } catch let error as DigitClientError where error.isOfSingleRequest {
        lane.errors[error.code, default: 0] += range.count
        lane.firstError = lane.firstError ?? error.description
      }
    }
    return lane
  }

  /// The indices of the next images that no lane has taken.
  private func takeBatch() -> Range<Int>? {
    guard !isStopped.load(ordering: .relaxed) else { return nil }
    let first = nextBatch.add(1, ordering: .relaxed).oldValue * plan.batch
    guard first < images.count else { return nil }
    return first..<min(first + plan.batch, images.count)
  }

  /// What one lane has seen.
  fileprivate struct LaneOutcome: Sendable {
    var model = ""
    var modelVersion: UInt32 = 0
    var precision: Precision?
    var answers: [Answer] = []
    var lastCorrect = 0
    var latencies = LatencyHistogram()
    var errors: [String: Int] = [:]
    var firstError: String?

    mutating func add(_ prediction: Prediction, _ range: Range<Int>, truth: ArraySlice<UInt8>) {
      model = prediction.model
      modelVersion = prediction.modelVersion
      precision = prediction.precision
      lastCorrect = zip(prediction.images, truth).count { $0.label == Int($1) }
      answers.append(
        Answer(
          first: range.lowerBound, labels: prediction.images.map(\.label),
          probabilities: prediction.images.map { Array($0.probabilities) }))
    }
  }
}

extension EvaluationRun.Outcome {
  /// How right the answered images were; nil where none was answered.
  func evaluation(of images: ImageSet) -> Evaluation? {
    let ordered = answers.sorted { $0.first < $1.first }
    let indices = ordered.flatMap { $0.first..<$0.first + $0.labels.count }
    guard !indices.isEmpty else { return nil }
    let rows = ordered.flatMap(\.probabilities)
    // As wide as the widest: another version of the model may have replaced it halfway.
    let width = rows.map(\.count).max() ?? 0
    return Evaluation(
      probabilities: rows.flatMap { $0 + Array(repeating: 0, count: width - $0.count) },
      labels: indices.map { images.labels[$0] }, indices: indices)
  }

  /// In the order of the images that were answered, a row each.
  var probabilities: [Float] {
    answers.sorted { $0.first < $1.first }.flatMap { $0.probabilities.flatMap { $0 } }
  }

  fileprivate mutating func add(_ lane: EvaluationRun.LaneOutcome) {
    for answer in lane.answers {
      labels.replaceSubrange(answer.first..<answer.first + answer.labels.count, with: answer.labels)
    }
    answers += lane.answers
    if !lane.answers.isEmpty {
      (model, modelVersion, precision) = (lane.model, lane.modelVersion, lane.precision)
    }
    latencies.merge(lane.latencies)
    errors.merge(lane.errors, uniquingKeysWith: +)
    firstError = firstError ?? lane.firstError
  }
}

extension DigitClientError {
  /// Whether the next request of the same form may fare better.
  fileprivate var isOfSingleRequest: Bool {
    switch self {
    case .refused, .connectionLost, .serverLeaving, .tooManyWaiting, .closed: true
    // A server that is silent for so long would be waited for again with each request.
    case .timedOut, .invalidAddress, .invalidNetwork, .connectFailed, .tlsFailed, .handshakeFailed,
      .unknownModel, .tooManyImages, .invalidImages:
      false
    }
  }
}
