import DigitEvaluation
import Foundation
import Testing

/// Four images, of which the third is the second's mistake: 1 read as 0, though barely.
private let sample = Evaluation(
  probabilities: [0.9, 0.1, 0.5, 0.5, 0.2, 0.8, 0.6, 0.4], labels: [0, 1, 1, 0])

@Suite struct EvaluationTests {
  @Test func `the most probable class is read, and the lowest where several are`() {
    #expect(sample.predictions == [0, 0, 1, 0])
    #expect(sample.confidences == [0.9, 0.5, 0.8, 0.6])
    #expect(sample.errorCount == 1)
    #expect(sample.accuracy == 0.75)
    #expect(abs(sample.loss - 0.383_1) < 1e-3)
  }

  @Test func `a part of the set is scored by itself`() {
    let first = sample.score(in: 0..<2)
    #expect(first?.imageCount == 2 && first?.errorCount == 1)
    #expect(sample.score(in: 4..<9) == nil)
  }

  @Test func `unanswered images leave gaps, and indices stay those of the set`() throws {
    let evaluation = Evaluation(
      probabilities: [0.9, 0.1, 0.7, 0.3], labels: [0, 1], indices: [3, 8])
    let mistake = try #require(evaluation.mistakes.first)
    #expect(mistake.index == 8 && mistake.truth == 1 && mistake.label == 0)
    #expect(mistake.confidence == 0.7 && evaluation.mistakes.count == 1)
    #expect(evaluation.score(in: 0..<8)?.errorCount == 0)
  }

  @Test func `a threshold keeps at least the share of the images that is asked for`() {
    // Confidences of 0.9, 0.5, 0.8 and 0.6.
    #expect(sample.threshold(keeping: 1) == 0.5)
    #expect(sample.threshold(keeping: 0.75) == 0.6)
    #expect(sample.threshold(keeping: 0.7) == 0.6)
    #expect(sample.threshold(keeping: 0.01) == 0.9)
  }

  @Test func `mistakes come by confidence, then by index`() {
    let evaluation = Evaluation(
      probabilities: [0.6, 0.4, 0.9, 0.1, 0.6, 0.4], labels: [1, 1, 1])
    #expect(evaluation.mistakes.map(\.index) == [1, 0, 2])
  }

  @Test func `a probability of zero is a large loss, not an infinite one`() {
    let evaluation = Evaluation(probabilities: [0, 1], labels: [0])
    #expect(evaluation.loss > 80 && evaluation.loss < 100)
  }

  @Test func `a digit that the reader does not know is misread`() {
    let evaluation = Evaluation(probabilities: [0.9, 0.1], labels: [5])
    #expect(evaluation.errorCount == 1)
    #expect(ConfusionMatrix(evaluation).counts[5][0] == 1)
  }

  @Test func `the halves of the test set make it up`() {
    #expect(TestHalf.allCases.flatMap(\.indices) == Array(0..<10_000))
  }
}

@Suite struct ConfusionMatrixTests {
  /// Truth 0, 0, 0, 1, 1, 2 read as 0, 1, 1, 1, 0, 0; nothing is read as 2.
  private let matrix = ConfusionMatrix(
    Evaluation(
      probabilities: [1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0],
      labels: [0, 0, 0, 1, 1, 2]))

  @Test func `rows are true digits, columns those read`() {
    #expect(matrix.counts == [[1, 2, 0], [1, 1, 0], [1, 0, 0]])
  }

  @Test func `precision, recall and F1 of each digit`() {
    let classes = matrix.classes
    #expect(classes.map(\.imageCount) == [3, 2, 1])
    let third = 1.0 / 3
    #expect(classes.map(\.precision) == [third, third, nil] as [Double?])
    #expect(classes.map(\.recall) == [third, 0.5, 0] as [Double?])
    #expect(abs((classes[1].f1 ?? 0) - 0.4) < 1e-12)
    #expect(classes[2].f1 == nil)
  }

  @Test func `confusions come by how often they happened`() {
    let confusions = matrix.confusions.map { [$0.truth, $0.label, $0.count] }
    #expect(confusions == [[0, 1, 2], [1, 0, 1], [2, 0, 1]])
  }
}

@Suite struct CalibrationTests {
  @Test func `the error is the distance of accuracy from confidence, weighted by images`() {
    // Bins end at multiples of 1/15: 0.75 falls into the twelfth, 1 into the fifteenth.
    let calibration = Calibration(
      Evaluation(
        probabilities: [0.75, 0.25, 0.75, 0.25, 0, 1, 0, 1], labels: [0, 1, 1, 1]))
    #expect(calibration.bins.count == 15)
    #expect(calibration.bins.map(\.imageCount).reduce(0, +) == 4)
    #expect(calibration.bins[11].imageCount == 2)
    #expect(calibration.bins[11].accuracy == 0.5)
    #expect(calibration.bins[11].confidence == 0.75)
    #expect(calibration.bins[14].accuracy == 1)
    #expect(calibration.bins[0].accuracy == nil)
    #expect(abs(calibration.expectedError - 0.125) < 1e-12)
    #expect(calibration.meanConfidence == 0.875)
  }

  @Test func `a bin reaches from above its lower end to its upper`() {
    let calibration = Calibration(Evaluation(probabilities: [0.6, 0.4], labels: [0]))
    #expect(calibration.bins[8].imageCount + calibration.bins[9].imageCount == 1)
    #expect(calibration.bins[14].upper == 1 && calibration.bins[0].lower == 0)
  }
}

@Suite struct SummaryTests {
  @Test func `what has no value is null, and every key is there`() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let evaluation = Evaluation(probabilities: [0.25, 0.75, 0, 0.25, 0.75, 0], labels: [1, 1])
    let data = try encoder.encode(EvaluationSummary(evaluation, isTestSet: false))
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(
      Set(object.keys) == [
        "images", "errors", "accuracy", "interval", "loss", "halves", "classes", "confusion",
        "confused", "calibration", "mistakes",
      ])
    let text = String(decoding: data, as: UTF8.self)
    #expect(text.contains(#"{"f1":null,"images":0,"label":0,"precision":null,"recall":null}"#))
    #expect(text.contains(#""halves":[]"#))
    #expect(text.contains(#""errors":{"count":0,"rate":0}"#))
  }

  @Test func `for people, facts and tables`() {
    let text = EvaluationText(sample, isTestSet: true)
    #expect(text.facts.map { $0[0] } == ["accuracy", "students", "errors", "loss", "calibration"])
    #expect(text.facts[0][1] == "75.00 % (3 of 4 right), 95 % interval 30.06 to 95.44 %")
    #expect(
      text.details == """
        digit  images  precision    recall       F1
        0           2    66.67 %  100.00 %  80.00 %
        1           2   100.00 %   50.00 %  66.67 %

        A row is what the image shows, a column what was read; off the diagonal are the mistakes.
        true \\ read  0  1
        0            2  ·
        1            1  1
        Most often misread: 1 as 0 (1).

        Images by the confidence of their answers; a calibrated model is right as often as sure.
        confidence      images  mean confidence  accuracy
        46.7 to 53.3 %       1          50.00 %    0.00 %
        60.0 to 66.7 %       1          60.00 %  100.00 %
        80.0 to 86.7 %       1          80.00 %  100.00 %
        86.7 to 93.3 %       1          90.00 %  100.00 %

        The worst mistakes, the surest first:
        index  truth  read  confidence
        1          1     0     50.00 %

        """)
  }

  @Test func `a reading names the most probable digit and the truth`() {
    let reading = LabelledReading(index: 7, probabilities: [0.25, 0.75], truth: 0)
    #expect(reading.label == 1 && !reading.correct)
    #expect(
      reading.text() == """
        image 7 shows 1 (75.00 %); the truth is 0: wrong
          0  25.00 %  ███████▌
          1  75.00 %  ██████████████████████▌
        """)
  }
}
