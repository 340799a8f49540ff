import Foundation
import Testing

/// `digitlab bench`, and what prepares models for bf16 and int8. No test fails on a clock.
@Suite(.timeLimit(.minutes(1))) struct DigitlabBenchTests {
  private static let images = "Tests/Data/mnist/t10k-images-idx3-ubyte.gz"

  private struct Report: Decodable {
    struct Result: Decodable {
      var batch: Int
      var imagesPerSecond: Double
    }

    var precision: String
    var results: [Result]
  }

  @Test(arguments: [[], ["--images", images]], ["f32", "bf16", "int8"])
  func `bench times invented images and those of a file`(
    images: [String], precision: String
  ) throws {
    let outcome = try Program.digitlab.run(
      ["bench", "--model", "mlp-50-50", "--batch", "1,100", "--seconds", "0.05", "--json"]
        + ["--precision", precision] + images)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let report = try outcome.decode(Report.self)
    // Where there are no instructions for bytes, floats it is.
    #expect([precision, "f32"].contains(report.precision))
    #expect(report.results.map(\.batch) == [1, 100])
    #expect(report.results.allSatisfy { $0.imagesPerSecond > 0 })
  }

  @Test func `the roofline has a peak for every kind of number`() throws {
    let outcome = try Program.digitlab.run(
      "bench", "--model", "tiny", "--precision", "int8", "--batch", "4", "--seconds", "0.05",
      "--roofline")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains(/\npeak in Gop\/s: baseline \d+/))
    #expect(outcome.output.contains("convolution 5×5, 1 → 12"))
  }

  @Test(arguments: [
    (
      ["bench", "--model", "tiny", "--precision", "int4"], 2,
      "expected one of f32, bf16, int8, got"
    ),
    (["bench", "--model", "tiny", "--images", "Tests/Data/mnist/README.md"], 1, "README.md"),
    (["bench", "--model", "tiny", "--images", "/nowhere"], 1, "/nowhere"),
    (["calibrate"], 2, "--model"),
    (["calibrate", "--model", "none"], 1, "expected a model at Models/none.safetensors"),
    (["calibrate", "--model", "tiny", "--data", "/nowhere"], 1, "expected MNIST in /nowhere"),
    (
      ["calibrate", "--model", "tiny", "--precision", "f32"], 1,
      "expected --precision to be bf16 or int8, got f32"
    ),
  ])
  func `what cannot be measured is said`(
    arguments: [String], status: Int32, message: String
  ) throws {
    let outcome = try Program.digitlab.run(arguments)
    #expect(outcome.status == status)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
  }
}
