extension TrainingLog {
  /// The names of the CSV's columns, in their order.
  static let csvNames = [
    "epoch", "learning_rate", "training_loss", "training_accuracy", "validation_loss",
    "validation_accuracy", "seconds", "images_per_second",
  ]

  /// A text that `csv` did not write.
  package struct UnreadableCSV: Error, Equatable, CustomStringConvertible {
    /// From 1; the names stand in the first.
    package let line: Int
    package let expected: String
    package let got: String

    package var description: String {
      let shown = got.count > 40 ? got.prefix(40) + "…" : got[...]
      return "line \(line): expected \(expected), got '\(shown)'"
    }
  }

  /// Reads what `csv` wrote.
  package init(csv: String) throws(UnreadableCSV) {
    let lines = csv.split(whereSeparator: \.isNewline).map(String.init)
    let names = Self.csvNames.joined(separator: ",")
    guard let head = lines.first, head == names else {
      throw UnreadableCSV(line: 1, expected: names, got: lines.first ?? "")
    }
    guard lines.count > 1 else {
      throw UnreadableCSV(line: 2, expected: "an epoch", got: "")
    }
    self.init()
    for (index, line) in lines.dropFirst().enumerated() {
      guard let record = EpochRecord(csv: line) else {
        throw UnreadableCSV(line: index + 2, expected: "numbers for \(names)", got: line)
      }
      epochs.append(record)
    }
  }
}

extension EpochRecord {
  /// Nil where a field that must be is not a finite number.
  fileprivate init?(csv line: String) {
    let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard fields.count == TrainingLog.csvNames.count, let epoch = Int(fields[0]) else {
      return nil
    }
    let numbers = fields.map { Double($0).flatMap { $0.isFinite ? $0 : nil } }
    guard let rate = numbers[1], let loss = numbers[2], let accuracy = numbers[3],
      let seconds = numbers[6], let imagesPerSecond = numbers[7]
    else { return nil }
    let isMeant = { (field: Int) in fields[field].isEmpty || numbers[field] != nil }
    guard isMeant(4), isMeant(5), seconds >= 0, imagesPerSecond >= 0,
      let imageCount = Int(exactly: (seconds * imagesPerSecond).rounded())
    else { return nil }
    self.init(
      epoch: epoch, learningRate: rate, trainingLoss: loss, trainingAccuracy: accuracy,
      validationLoss: numbers[4], validationAccuracy: numbers[5], seconds: seconds,
      imageCount: imageCount)
  }
}
