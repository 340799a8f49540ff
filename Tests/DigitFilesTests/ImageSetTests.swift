import DigitFiles
import Testing

@Test func `the shipped test set is the official one`() throws {
  let images = try IDXFile(readingFrom: ShippedData.path("t10k-images-idx3"), rank: 3)
  let labels = try IDXFile(readingFrom: ShippedData.path("t10k-labels-idx1"), rank: 1)
  #expect(images.dimensions == [10_000, 28, 28])
  #expect(
    images.sha256
      == "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7")
  #expect(
    labels.sha256
      == "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2")
}

@Test func `the shipped training images are 500 of each digit`() throws {
  let images = try ShippedData.images("train-5k")
  #expect(images.count == 5_000)
  for digit: UInt8 in 0...9 {
    #expect(images.labels.count { $0 == digit } == 500)
  }
}

@Test func `images and labels of different number are refused`() throws {
  try withFile(idx(dimensions: [2, 1, 1], values: [0, 0])) { images in
    try withFile(idx(dimensions: [3], values: [0, 1, 2])) { labels in
      #expect(throws: DataFileError(labels, .countsDiffer(imageCount: 2, labelCount: 3))) {
        try ImageSet(images: images, labels: labels)
      }
    }
  }
}

@Test func `a label above nine is refused with its place`() throws {
  try withFile(idx(dimensions: [2, 1, 1], values: [0, 0])) { images in
    try withFile(idx(dimensions: [2], values: [9, 10])) { labels in
      #expect(throws: DataFileError(labels, .labelOutOfRange(index: 1, label: 10))) {
        try ImageSet(images: images, labels: labels)
      }
    }
  }
}

@Test func `a subset keeps each image with its label`() {
  let set = ImageSet(rows: 1, columns: 2, pixels: [1, 2, 3, 4, 5, 6], labels: [7, 8, 9])
  let subset = set.subset([2, 0])
  #expect(subset == ImageSet(rows: 1, columns: 2, pixels: [5, 6, 1, 2], labels: [9, 7]))
  #expect(Array(subset.image(1)) == [1, 2])
  #expect(set.prefix(5) == set)
}
