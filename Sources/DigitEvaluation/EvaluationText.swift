import PlainText

/// An evaluation for people to read.
package struct EvaluationText {
  private let evaluation: Evaluation
  private let isTestSet: Bool

  private static let confusionsShown = 5
  private static let mistakesShown = 10

  package init(_ evaluation: Evaluation, isTestSet: Bool) {
    self.evaluation = evaluation
    self.isTestSet = isTestSet
  }

  /// What matters most, as rows of a name and a value.
  package var facts: [[String]] {
    let calibration = Calibration(evaluation)
    var rows = [
      ["accuracy", Self.words(evaluation.score)],
      ["errors", "\(evaluation.errorCount) (\(percent(evaluation.score.errorRate)))"],
      ["loss", fixed(evaluation.loss, 4)],
      [
        "calibration",
        "expected error \(percent(calibration.expectedError)) over \(calibration.bins.count) "
          + "bins, mean confidence \(percent(calibration.meanConfidence))",
      ],
    ]
    for half in TestHalf.allCases.reversed() where isTestSet {
      guard let score = evaluation.score(in: half.indices) else { continue }
      rows.insert([half.rawValue, Self.words(score)], at: 1)
    }
    return rows
  }

  /// The tables below the facts.
  package var details: String {
    [classes, confusion, reliability, mistakes].compactMap { $0 }.joined(separator: "\n")
  }

  private static func words(_ score: Score) -> String {
    let interval = score.interval
    return "\(percent(score.accuracy)) (\(score.imageCount - score.errorCount) of "
      + "\(score.imageCount) right), 95 % interval \(fixed(100 * interval.lower, 2)) to "
      + percent(interval.upper)
  }

  private var classes: String {
    let fraction = { (value: Double?) in value.map(percent) ?? "–" }
    let rows = ConfusionMatrix(evaluation).classes.map { score in
      [
        "\(score.label)", "\(score.imageCount)", fraction(score.precision), fraction(score.recall),
        fraction(score.f1),
      ]
    }
    return Table(names: ["digit", "images", "precision", "recall", "F1"], rows: rows).text
  }

  private var confusion: String {
    let matrix = ConfusionMatrix(evaluation)
    let rows = matrix.counts.enumerated().map { truth, counts in
      ["\(truth)"] + counts.map { $0 == 0 ? "·" : "\($0)" }
    }
    let names = ["true \\ read"] + matrix.counts.indices.map(String.init)
    let worst = matrix.confusions.prefix(Self.confusionsShown).map { confusion in
      "\(confusion.truth) as \(confusion.label) (\(confusion.count))"
    }
    return "\(ConfusionMatrix.explanation)\n" + Table(names: names, rows: rows).text
      + (worst.isEmpty ? "" : "Most often misread: \(worst.joined(separator: ", ")).\n")
  }

  private var reliability: String {
    let calibration = Calibration(evaluation)
    return "\(Calibration.explanation)\n"
      + Table(names: Calibration.columnNames, rows: calibration.rows).text
  }

  /// Nil where there are none.
  private var mistakes: String? {
    let worst = evaluation.mistakes.prefix(Self.mistakesShown)
    guard !worst.isEmpty else { return nil }
    let rows = worst.map { mistake in
      [
        "\(mistake.index)", "\(mistake.truth)", "\(mistake.label)",
        percent(Double(mistake.confidence)),
      ]
    }
    return "The worst mistakes, the surest first:\n"
      + Table(names: ["index", "truth", "read", "confidence"], rows: rows).text
  }
}

extension ConfusionMatrix {
  /// How to read the matrix.
  package static let explanation =
    "A row is what the image shows, a column what was read; off the diagonal are the mistakes."
}

extension Calibration {
  /// How to read the bins.
  package static let explanation =
    "Images by the confidence of their answers; a calibrated model is right as often as sure."

  package static let columnNames = ["confidence", "images", "mean confidence", "accuracy"]

  /// The bins that hold images, as a table.
  package var rows: [[String]] {
    bins.filter { $0.imageCount > 0 }.map { bin in
      [
        "\(fixed(100 * bin.lower, 1)) to \(fixed(100 * bin.upper, 1)) %", "\(bin.imageCount)",
        bin.confidence.map(percent) ?? "–", bin.accuracy.map(percent) ?? "–",
      ]
    }
  }
}
