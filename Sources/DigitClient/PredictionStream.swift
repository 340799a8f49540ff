import DigitWire

/// Who answers predictions: one server (`DigitClient`) or several (`DigitPool`).
public protocol Predicting: Sendable {
  func predict(
    _ images: ImageBatch, model: ModelChoice, returning: ReturnKind, deadline: Duration?
  ) async throws -> Prediction
}

extension DigitClient: Predicting {}

extension Predicting {
  /// Asks about one batch after another, many at a time, and gives the answers in their order.
  ///
  ///     for try await prediction in pool.predictions(for: batches, inFlight: 32) {
  ///       print(prediction.images.map(\.label))
  ///     }
  ///
  /// `batches` is read no further than `inFlight` ahead of the answers that have been taken, so
  /// neither a fast source nor a slow consumer fills the memory. Nothing is read before the first
  /// answer is asked for. The first failure ends the stream; what is under way then is withdrawn,
  /// and so it is when the stream's iterator goes away or its task is cancelled.
  /// - Parameter deadline: for each batch.
  public func predictions<Batches>(
    for batches: Batches, inFlight: Int = 32, model: ModelChoice = .serverDefault,
    returning: ReturnKind = .topOne, deadline: Duration? = nil
  ) -> PredictionStream<Batches> {
    precondition(inFlight > 0)
    return PredictionStream(batches: batches, inFlight: inFlight) { [self] in
      try await predict($0, model: model, returning: returning, deadline: deadline)
    }
  }
}

/// The predictions for a sequence of batches, in its order.
public struct PredictionStream<Batches: AsyncSequence & Sendable>: AsyncSequence, Sendable
where Batches.Element == ImageBatch {
  public typealias Element = Prediction

  let batches: Batches
  let inFlight: Int
  let predict: @Sendable (ImageBatch) async throws -> Prediction

  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }

  public struct AsyncIterator: AsyncIteratorProtocol {
    private let pump: Pump
    private var underway: AsyncThrowingStream<Underway, any Error>.AsyncIterator

    fileprivate init(_ stream: PredictionStream) {
      let (questions, asked) = AsyncThrowingStream.makeStream(of: Underway.self)
      underway = questions.makeAsyncIterator()
      pump = Pump(stream, asked)
    }

    public mutating func next() async throws -> Prediction? {
      guard let question = try await underway.next() else { return nil }
      let prediction = try await question.value
      pump.makeRoom()
      return prediction
    }
  }

  /// Reads batches and begins their predictions while there is room; ends with its iterator.
  private final class Pump: Sendable {
    private let rooms: AsyncStream<Void>.Continuation
    private let task: Task<Void, Never>

    init(_ stream: PredictionStream, _ asked: AsyncThrowingStream<Underway, any Error>.Continuation)
    {
      let (room, rooms) = AsyncStream.makeStream(of: Void.self)
      self.rooms = rooms
      for _ in 0..<stream.inFlight { rooms.yield() }
      task = Task {
        var room = room.makeAsyncIterator()
        var batches = stream.batches.makeAsyncIterator()
        do {
          while await room.next() != nil, let batch = try await batches.next() {
            asked.yield(Underway { try await stream.predict(batch) })
          }
          asked.finish()
        } catch {
          asked.finish(throwing: error)
        }
      }
    }

    deinit { task.cancel() }

    func makeRoom() { rooms.yield() }
  }
}

/// A prediction under way, withdrawn when nobody wants it any more.
private final class Underway: Sendable {
  private let task: Task<Prediction, any Error>

  init(_ body: @escaping @Sendable () async throws -> Prediction) { task = Task(operation: body) }

  deinit { task.cancel() }

  var value: Prediction {
    get async throws {
      try await withTaskCancellationHandler {
        try await task.value
      } onCancel: {
        task.cancel()
      }
    }
  }
}
