import DigitFiles
import DigitTraining
import Testing

@Test(arguments: [2, 3, 7, 10])
func `every image is held out in exactly one fold and learnt from in all others`(
  count: Int
) throws {
  let set = try shippedTrainingSet().prefix(100)
  var heldOut: [Int] = []
  for number in 1...count {
    let fold = try #require(Fold(number: number, of: count))
    let (training, validation) = fold.split(set)
    #expect(training.count + validation.count == 100)
    #expect(abs(validation.count - 100 / count) <= 1)
    let indices = (0..<100).filter { index in
      (0..<validation.count).contains { validation.images.image($0) == set.images.image(index) }
    }
    #expect(indices.count == validation.count)
    heldOut += indices
  }
  #expect(heldOut.sorted() == Array(0..<100))
}

@Test func `a fold is not a stretch of the file, and there is none beyond the last`() throws {
  let set = try shippedTrainingSet().prefix(100)
  let validation = try #require(Fold(number: 1, of: 2)).split(set).validation
  let first = (0..<50).count { index in
    (0..<50).contains { validation.images.image($0) == set.images.image(index) }
  }
  #expect((10...40).contains(first))
  #expect(Fold(number: 0, of: 2) == nil && Fold(number: 3, of: 2) == nil)
  #expect(Fold(number: 1, of: 1) == nil)
}
