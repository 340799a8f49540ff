import DigitFiles
import Foundation
import Testing

/// What both programs' `evaluate` points out about images that are probably not as they should be.
@Suite(.servesModels, .serialized, .timeLimit(.minutes(5))) struct EvaluateHintTests {
  private let served: Served
  private let folder: TemporaryFolder
  private let images: ImageSet

  static let programs = ["digitctl", "digitlab"]

  init() throws {
    served = try #require(Served.current)
    folder = try TemporaryFolder()
    images = try ImageSet(
      images: "\(Program.root.path)/Tests/Data/mnist/t10k-images-idx3-ubyte.gz",
      labels: "\(Program.root.path)/Tests/Data/mnist/t10k-labels-idx1-ubyte.gz"
    ).prefix(200)
  }

  private func evaluate(_ pixels: [UInt8], with program: String) throws -> Program.Outcome {
    try Data([0, 0, 8, 3, 0, 0, 0, 200, 0, 0, 0, 28, 0, 0, 0, 28] + pixels)
      .write(to: folder.url.appending(path: "images"))
    try Data([0, 0, 8, 1, 0, 0, 0, 200] + images.labels)
      .write(to: folder.url.appending(path: "labels"))
    let data = ["--images", folder.path("images"), "--labels", folder.path("labels")]
    return program == "digitctl"
      ? try Program.digitctl.run(
        ["evaluate"] + data, environment: ["DIGITS_SERVER": served.server.address])
      : try Program.digitlab.run(["evaluate", "--model", "cnn-28"] + data)
  }

  @Test(arguments: programs)
  func `pixels that are all 0 or 1 are pointed out`(program: String) throws {
    let outcome = try evaluate(images.pixels.map { $0 > 127 ? 1 : 0 }, with: program)
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("all pixels are 0 or 1"), "\(outcome.errors)")
  }

  @Test(arguments: programs)
  func `images that read much better transposed are pointed out`(program: String) throws {
    let turned = (0..<200).flatMap { index in
      let image = Array(images.image(index))
      return (0..<784).map { image[28 * ($0 % 28) + $0 / 28] }
    }
    let outcome = try evaluate(turned, with: program)
    #expect(outcome.status == 0)
    #expect(outcome.errors.contains("the file may be transposed"), "\(outcome.errors)")
  }

  @Test(arguments: programs)
  func `images as they should be have nothing pointed out`(program: String) throws {
    let outcome = try evaluate(images.pixels, with: program)
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
  }
}
