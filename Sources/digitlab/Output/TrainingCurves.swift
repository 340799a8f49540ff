import DigitCharts
import DigitTraining
import PlainText

extension TrainingLog {
  /// Loss and accuracy after each epoch, of training and, where images were held out, validation.
  func curves(title: String) -> Figure {
    // Every epoch has its mark where they are few.
    let step = epochs.count <= 12 ? 1.0 : nil
    let axis = Plot.Axis("epoch", step: step)
    let loss = Plot(
      title: "\(title): loss", x: axis, y: .init("mean cross-entropy, nats", minimum: 0),
      series: series(\.trainingLoss, \.validationLoss))
    let accuracy = Plot(
      title: "\(title): accuracy", x: axis, y: .init("images read rightly, %", maximum: 100),
      series: series(\.trainingPercent, \.validationPercent))
    return Figure([.plot(loss), .plot(accuracy)], width: 960, height: 430)
  }

  /// How well the last epoch did: on images that were held out, where there are any.
  var headline: String {
    guard let last = epochs.last else { return "no epoch" }
    let accuracy = last.validationAccuracy ?? last.trainingAccuracy
    let images = last.validationAccuracy == nil ? "training" : "validation"
    return "\(percent(accuracy)) of the \(images) images read right after "
      + counted(last.epoch, "epoch")
  }

  private func series(
    _ training: (EpochRecord) -> Double, _ validation: (EpochRecord) -> Double?
  ) -> [Plot.Series] {
    let style: Plot.Style = epochs.count <= 40 ? .markedLine : .line
    let held = epochs.compactMap { record in
      validation(record).map { Plot.Point(Double(record.epoch), $0) }
    }
    let learnt = epochs.map { Plot.Point(Double($0.epoch), training($0)) }
    let all: [Plot.Series] = [
      .init("training, as augmented", style, .blue, points: learnt),
      .init("validation", style, .orange, points: held),
    ]
    return all.filter { !$0.points.isEmpty }
  }
}

extension EpochRecord {
  fileprivate var trainingPercent: Double { 100 * trainingAccuracy }
  fileprivate var validationPercent: Double? { validationAccuracy.map { 100 * $0 } }
}
