import DigitTraining
import Testing

@Test func `a constant schedule stays and a cosine falls from one to zero`() {
  for progress in [0, 0.3, 0.99] {
    #expect(Schedule(.constant).factor(progress: progress) == 1)
  }
  let cosine = Schedule(.cosine)
  #expect(cosine.factor(progress: 0) == 1)
  #expect(abs(cosine.factor(progress: 0.5) - 0.5) < 1e-12)
  #expect(abs(cosine.factor(progress: 1.0 / 3) - 0.75) < 1e-12)
  #expect(cosine.factor(progress: 0.999) < 1e-5)
}

@Test func `a warm-up rises in a straight line and the cosine follows it`() {
  let schedule = Schedule(.cosine, warmUp: 0.2)
  #expect(schedule.factor(progress: 0) == 0)
  #expect(abs(schedule.factor(progress: 0.05) - 0.25) < 1e-12)
  #expect(schedule.factor(progress: 0.2) == 1)
  #expect(abs(schedule.factor(progress: 0.6) - 0.5) < 1e-12)
}

@Test func `a log is a line of names and a line for each epoch`() {
  var log = TrainingLog()
  log.epochs = [
    EpochRecord(
      epoch: 1, learningRate: 0.001, trainingLoss: 0.5, trainingAccuracy: 0.875,
      validationLoss: nil, validationAccuracy: nil, seconds: 2, imageCount: 100),
    EpochRecord(
      epoch: 2, learningRate: 0, trainingLoss: 0.25, trainingAccuracy: 0.9375,
      validationLoss: 0.75, validationAccuracy: 0.5, seconds: 4, imageCount: 100),
  ]
  #expect(
    log.csv == """
      epoch,learning_rate,training_loss,training_accuracy,validation_loss,validation_accuracy,\
      seconds,images_per_second
      1,0.001,0.5,0.875,,,2.0,50.0
      2,0.0,0.25,0.9375,0.75,0.5,4.0,25.0

      """)
  #expect(log.seconds == 6)
}
