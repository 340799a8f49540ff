import DigitTraining
import Foundation
import PlainText

/// The progress of a training: one line kept up to date on a terminal, one line an epoch elsewhere.
final class ProgressLine {
  private let epochs: Int
  private let imagesPerEpoch: Int
  private let isTerminal = isatty(STDOUT_FILENO) == 1
  private let start = ContinuousClock.now

  init(epochs: Int, imagesPerEpoch: Int) {
    self.epochs = epochs
    self.imagesPerEpoch = imagesPerEpoch
  }

  func show(_ progress: TrainingProgress) {
    switch progress {
    case .within(let epoch, let totals, let elapsed):
      guard isTerminal else { return }
      let text = line(
        epoch: epoch, loss: totals.meanLoss, accuracy: totals.accuracy,
        imagesPerSecond: Double(totals.imageCount) / (elapsed / .seconds(1)))
      StandardStream.output.replaceLine(
        "\(text)  \(timeLeft(epoch: epoch, imageCount: totals.imageCount)) left")
    case .finished(let record):
      var text = line(
        epoch: record.epoch, loss: record.trainingLoss, accuracy: record.trainingAccuracy,
        imagesPerSecond: record.imagesPerSecond)
      if let loss = record.validationLoss, let accuracy = record.validationAccuracy {
        text += "  validation \(percent(accuracy)), loss \(fixed(loss, 4))"
      }
      if isTerminal { StandardStream.output.replaceLine("") }
      say(text)
    }
  }

  private func line(
    epoch: Int, loss: Double, accuracy: Double, imagesPerSecond: Double
  ) -> String {
    "epoch \(epoch)/\(epochs)  loss \(fixed(loss, 4))  accuracy \(percent(accuracy))  "
      + "\(Int(imagesPerSecond)) images/s"
  }

  private func timeLeft(epoch: Int, imageCount: Int) -> String {
    let done = Double((epoch - 1) * imagesPerEpoch + imageCount)
    let whole = Double(epochs * imagesPerEpoch)
    let seconds = ((ContinuousClock.now - start) / .seconds(1)) * (whole - done) / done
    return seconds < 60 ? "\(Int(seconds)) s" : "\(Int(seconds) / 60) min \(Int(seconds) % 60) s"
  }

}

/// Writes to standard output at once, so that lines come in order whoever reads them.
func write(_ text: String) { StandardStream.output.write(text) }

/// Writes a line to standard output at once.
func say(_ line: String) { write(line + "\n") }
