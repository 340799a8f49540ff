import Foundation
import PlainText

/// One line on the terminal, kept up to date while an evaluation runs; nothing elsewhere.
struct ProgressLine {
  let imageCount: Int

  private static let interval = Duration.milliseconds(200)

  /// Shows `progress` until `body` is done.
  func show<Value: Sendable>(
    _ progress: Progress, while body: @Sendable () async throws -> Value
  ) async throws -> Value {
    guard isatty(STDERR_FILENO) == 1 else { return try await body() }
    let line = Task {
      let start = ContinuousClock.now
      while (try? await Task.sleep(for: Self.interval)) != nil {
        replaceLine(text(progress, (ContinuousClock.now - start) / .seconds(1)))
      }
    }
    defer {
      line.cancel()
      replaceLine("")
    }
    return try await body()
  }

  private func text(_ progress: Progress, _ seconds: Double) -> String {
    let done = progress.imageCount
    guard done > 0 else { return "0 of \(imageCount) images" }
    let accuracy = Double(progress.correctCount) / Double(done)
    return "\(done) of \(imageCount) images, \(percent(accuracy)) right, "
      + "\(Int(Double(done) / seconds)) images/s"
  }
}
