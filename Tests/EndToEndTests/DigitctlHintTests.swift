import DigitFiles
import Foundation
import Testing

/// What `digitctl evaluate` points out about images that are probably not as they should be.
@Suite(.servesModels, .serialized, .timeLimit(.minutes(5))) struct DigitctlHintTests {
  private let served: Served
  private let folder: TemporaryFolder
  private let images: ImageSet

  init() throws {
    served = try #require(Served.current)
    folder = try TemporaryFolder()
    images = try ImageSet(
      images: "\(Program.root.path)/Tests/Data/mnist/t10k-images-idx3-ubyte.gz",
      labels: "\(Program.root.path)/Tests/Data/mnist/t10k-labels-idx1-ubyte.gz"
    ).prefix(200)
  }

  private func evaluate(_ pixels: [UInt8]) throws -> Program.Outcome {
    try Data([0, 0, 8, 3, 0, 0, 0, 200, 0, 0, 0, 28, 0, 0, 0, 28] + pixels)
      .write(to: folder.url.appending(path: "images"))
    try Data([0, 0, 8, 1, 0, 0, 0, 200] + images.labels)
      .write(to: folder.url.appending(path: "labels"))
    return try served.digitctl(
      "evaluate", "--images", folder.path("images"), "--labels", folder.path("labels"))
  }

  @Test func `pixels that are all 0 or 1 are pointed out`() throws {
    let outcome = try evaluate(images.pixels.map { $0 > 127 ? 1 : 0 })
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("all pixels are 0 or 1"), "\(outcome.errors)")
  }

  @Test func `images that read much better transposed are pointed out`() throws {
    let turned = (0..<200).flatMap { index in
      let image = Array(images.image(index))
      return (0..<784).map { image[28 * ($0 % 28) + $0 / 28] }
    }
    let outcome = try evaluate(turned)
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("the file may be transposed"), "\(outcome.errors)")
  }

  @Test func `images as they should be have nothing pointed out`() throws {
    let outcome = try evaluate(images.pixels)
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
  }
}
