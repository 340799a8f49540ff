import DigitFiles
import Testing

@Test func `the training images may be trained on`() throws {
  let images = try ShippedData.images("train-5k")
  #expect(try TrainingSet(images, source: "train").images == images)
}

@Test func `no test image can be trained on, whatever its file is called`() throws {
  let testImages = try ShippedData.images("t10k")
  let error = DataFileError("train", .containsTestImages(count: 10_000, firstIndex: 0))
  #expect(throws: error) { try TrainingSet(testImages, source: "train") }
}

@Test(arguments: [0, 1, 4_999, 9_999])
func `one test image among training images is found`(index: Int) throws {
  let training = try ShippedData.images("train-5k").prefix(3)
  let test = try ShippedData.images("t10k")
  let mixed = ImageSet(
    rows: 28, columns: 28, pixels: training.pixels + test.image(index),
    labels: training.labels + [0])
  #expect(throws: DataFileError("mixed", .containsTestImages(count: 1, firstIndex: 3))) {
    try TrainingSet(mixed, source: "mixed")
  }
}
