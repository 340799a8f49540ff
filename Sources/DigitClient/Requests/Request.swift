import DigitWire
import EventLoop

/// One question of one caller, until it has its answer.
///
/// The caller makes it; from `submit` on everything that changes belongs to the loop's thread,
/// and the mailbox between them orders the two.
final class Request: @unchecked Sendable {
  let question: Question
  /// How long the caller waits, and when that is over; nil for as long as the connection lives.
  let patience: Duration?
  let deadline: Instant?
  /// The connection's name for it, once submitted.
  var id: Pipeline.ID?
  /// The caller's task was cancelled, perhaps before the request was submitted.
  var isCancelled = false
  /// What is sent, for a prediction, but for the deadline.
  var predict: Predict?
  /// The model that was chosen; its labels name the classes of the answer.
  var model: ModelDescription?

  private var continuation: UnsafeContinuation<Answer, any Error>?

  init(_ question: Question, within patience: Duration?) {
    self.question = question
    self.patience = patience
    deadline = patience.map { Instant.now.advanced(by: $0) }
  }

  /// Before the request is submitted.
  func answer(to continuation: UnsafeContinuation<Answer, any Error>) {
    self.continuation = continuation
  }

  /// Once.
  func finish(_ result: Result<Answer, any Error>) {
    Handover.gives(self)
    continuation!.resume(with: result)
    continuation = nil
  }
}

/// What a caller wants to know.
enum Question: Sendable {
  case predict(PredictQuestion)
  case ping
  case stats
  case metadata
  case reload
  case health(HealthProbe)

  var kind: Pipeline.Kind {
    switch self {
    case .predict: .prediction
    case .ping, .stats, .metadata, .reload: .control
    case .health(let probe): .health(probe)
    }
  }
}

struct PredictQuestion: Sendable {
  let images: ImageBatch
  let choice: ModelChoice
  let returns: ReturnKind
}

/// What came back.
enum Answer: Sendable {
  case prediction(Prediction)
  case pong
  case stats(StatsReply)
  case models([ModelEntry])
  case reloaded(ReloadReply)
  case health(Bool)
}
