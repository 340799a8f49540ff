import DigitEvaluation
import DigitFiles
import DigitImage
import Foundation
import PlainText

extension Report {
  private static let (mistakesShown, columnCount) = (40, 8)

  /// The report of one evaluation.
  /// - Parameters:
  ///   - facts: rows of a name and a value, for the top of the page.
  ///   - images: the whole set: mistakes are indexed by it.
  package init(
    of evaluation: Evaluation, title: String, verdict: Verdict?, origin: Origin,
    facts: [[String]], images: ImageSet, json: Data
  ) {
    let mistakes = Array(evaluation.mistakes.prefix(Self.mistakesShown))
    let sheet = DigitSheet(mistakes, of: images, columnCount: Self.columnCount)
    self.init(
      kind: "evaluation", title: title, verdict: verdict,
      headline: "\(percent(evaluation.accuracy)) of "
        + "\(counted(evaluation.imageCount, "image")) read right",
      origin: origin,
      sections: [
        Section("At a glance", [.facts(facts)]),
        Section("Confusion", evaluation.confusionParts),
        Section("Digit by digit", evaluation.classParts),
        Section("The worst mistakes", mistakeParts(mistakes, of: images)),
        Section("Calibration", evaluation.calibrationParts),
      ],
      pictures: [Picture("mistakes.png", sheet?.picture.png)], json: json)
  }
}

extension Evaluation {
  fileprivate var confusionParts: [Report.Part] {
    let matrix = ConfusionMatrix(self)
    let explanation = """
      \(ConfusionMatrix.explanation) The deeper a colour, the more often the digit of its row was \
      taken for that of its column.
      """
    let worst = matrix.confusions.prefix(5).map { "\($0.truth) as \($0.label) (\($0.count))" }
    return [.paragraph(explanation)]
      + (worst.isEmpty
        ? [] : [.paragraph("Most often misread: \(worst.joined(separator: ", ")).")])
      + [.chart(.init("confusion", confusionFigure))]
  }

  fileprivate var classParts: [Report.Part] {
    let fraction = { (value: Double?) in value.map(percent) ?? "–" }
    let rows = ConfusionMatrix(self).classes.map { score in
      [
        "\(score.label)", "\(score.imageCount)", fraction(score.precision), fraction(score.recall),
        fraction(score.f1),
      ]
    }
    return [
      .paragraph(
        """
        Precision is the fraction of the images read as a digit that show it; recall the fraction \
        of the images that show a digit that were read as it; F1 their harmonic mean.
        """),
      .table(names: ["digit", "images", "precision", "recall", "F1"], rows: rows),
    ]
  }

  fileprivate var calibrationParts: [Report.Part] {
    [
      .paragraph(
        """
        A well-calibrated network is right as often as it is sure: its bars end at the dashed \
        line. The expected calibration error is the mean distance from that line over 15 bins of \
        equal width, weighted by the images in each (Guo et al. 2017). Bins of few images say \
        little.
        """),
      .chart(.init("calibration", calibrationFigure)),
      .table(names: Calibration.columnNames, rows: Calibration(self).rows),
    ]
  }
}

private func mistakeParts(_ mistakes: [Mistake], of images: ImageSet) -> [Report.Part] {
  let explanation = """
    Wrong answers, the surest first: the true digit, what was read, how sure the network was, and \
    the image's index in the set.
    """
  guard !mistakes.isEmpty else {
    return [.paragraph(explanation), .paragraph("There are none.")]
  }
  let tiles = mistakes.map { mistake in
    let picture = GrayImage(
      width: images.columns, height: images.rows,
      pixels: images.image(mistake.index).map { 255 - $0 })
    let drawing = image(
      picture.png, type: "png", description: "image \(mistake.index)", style: "digit")
    return "<figure>\(drawing)<figcaption><b>\(mistake.truth)</b> read as "
      + "<b>\(mistake.label)</b><br>\(percent(Double(mistake.confidence))) sure<br>"
      + "<span>#\(mistake.index)</span></figcaption></figure>\n"
  }
  return [
    .paragraph(explanation), .markup("<div class=\"digits\">\n\(tiles.joined())</div>\n"),
  ]
}
