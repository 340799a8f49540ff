import DigitCharts
import DigitEvaluation
import PlainText

extension Evaluation {
  /// The confusion matrix with its counts. Mistakes are coloured by how many they are; what is
  /// right is a hundred times more and is off that scale.
  var confusionFigure: Figure {
    let counts = ConfusionMatrix(self).counts
    let names = counts.indices.map(String.init)
    let cells = counts.enumerated().map { truth, row in
      row.enumerated().map { label, count in
        HeatMap.Cell(
          count == 0 && truth != label ? "" : "\(count)",
          heat: truth == label ? nil : Double(count))
      }
    }
    let map = HeatMap(
      title: "Confusion matrix: \(imageCount) images, \(errorCount) read wrongly",
      xTitle: "digit read", yTitle: "true digit", scaleTitle: "images read wrongly",
      columnNames: names, rowNames: names, cells: cells)
    return Figure([.heatMap(map)], width: 640, height: 560)
  }

  /// How right the reader is at each confidence, and how often it has that confidence.
  var calibrationFigure: Figure {
    let calibration = Calibration(self)
    let bins = calibration.bins.filter { $0.imageCount > 0 }
    let width = 1 / Double(calibration.bins.count)
    let axis = Plot.Axis("confidence", minimum: 0, maximum: 1, step: 0.2)
    let centre = { (bin: Calibration.Bin) in (bin.lower + bin.upper) / 2 }
    let reliability = Plot(
      title: "Calibration: expected error \(percent(calibration.expectedError))", x: axis,
      y: .init("accuracy", minimum: 0, maximum: 1, step: 0.2),
      series: [
        .init(
          "accuracy of each bin", .bars(width: 0.9 * width), .blue,
          points: bins.map { .init(centre($0), $0.accuracy ?? 0) }),
        .init(
          "as right as sure", .guide, .orange, points: [.init(0, 0), .init(1, 1)]),
      ])
    let spread = Plot(
      title: "Confidence of the answers", x: axis,
      y: .init("images", minimum: 0.5, isLogarithmic: true),
      series: [
        .init(
          nil, .bars(width: 0.9 * width), .grey,
          points: bins.map { .init(centre($0), Double($0.imageCount)) })
      ])
    return Figure([.plot(reliability), .plot(spread)], width: 900, height: 450)
  }
}
