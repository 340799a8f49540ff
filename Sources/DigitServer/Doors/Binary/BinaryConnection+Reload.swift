import DigitWire
import EventLoop

/// RELOAD, which is answered when the models are loaded.
extension BinaryConnection {
  func reload(requestID: UInt64, now: Instant) {
    do throws(Refusal) {
      guard let repository = context.repository else {
        throw Refusal(
          .permissionDenied, "expected a server that can load models, got one whose models stay")
      }
      try state.reloadBegan(requestID)
      let isTaken = repository.request(.reload) { [weak self] report in
        self?.reloaded(report, requestID: requestID)
      }
      guard !isTaken else { return }
      _ = state.reloadEnded(requestID)
      throw Refusal(.overloaded, "expected room among the reloads that wait, got none")
    } catch {
      refuse(error, requestID: requestID, now: now)
    }
  }

  private func reloaded(_ report: RepositoryReport, requestID: UInt64) {
    guard let ending = state.reloadEnded(requestID) else { return }
    send(ReloadReply(report), id: requestID)
    pauseIfUnread()
    act(ending)
  }
}

extension ReloadReply {
  init(_ report: RepositoryReport) {
    let outcome: Outcome =
      switch report.outcome {
      case .changed: .changed
      case .unchanged: .unchanged
      case .refused: .refused
      }
    self.init(
      outcome, loadedCount: report.loadedCount, removedCount: report.removedCount,
      refusedCount: report.refusals.count,
      message: report.refusals.map(\.sentence).joined(separator: "\n"))
  }
}
