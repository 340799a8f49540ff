import DigitTraining
import Testing

@Suite struct TrainingLogTests {
  private static let names =
    "epoch,learning_rate,training_loss,training_accuracy,validation_loss,validation_accuracy,"
    + "seconds,images_per_second"

  @Test func `a log that was written is read as it was`() throws {
    var log = TrainingLog()
    log.epochs = [
      EpochRecord(
        epoch: 1, learningRate: 0.001, trainingLoss: 0.3, trainingAccuracy: 0.9, seconds: 1.7,
        imageCount: 60_000),
      EpochRecord(
        epoch: 2, learningRate: 1e-5, trainingLoss: 0.1, trainingAccuracy: 0.97,
        validationLoss: 0.12, validationAccuracy: 0.965, seconds: 0.3, imageCount: 55_000),
    ]
    #expect(try TrainingLog(csv: log.csv) == log)
  }

  @Test(arguments: [
    ("", 1), ("epoch,loss\n1,2\n", 1), ("\(names)\n", 2), ("\(names)\n1,1,1,1,,,1\n", 2),
    ("\(names)\n1,1,1,1,,,1,9\n2,1,nan,1,,,1,9\n", 3), ("\(names)\n1,1,1,1,x,,1,9\n", 2),
    ("\(names)\n1,1,1,1,,,1e300,1e300\n", 2), ("\(names)\none,1,1,1,,,1,9\n", 2),
  ])
  func `what is no log is named with its line`(csv: String, line: Int) {
    let error = #expect(throws: TrainingLog.UnreadableCSV.self) { try TrainingLog(csv: csv) }
    #expect(error?.line == line)
  }
}
