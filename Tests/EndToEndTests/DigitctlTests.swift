import DigitFiles
import Foundation
import Testing

@Suite(.servesModels, .serialized, .timeLimit(.minutes(5))) struct DigitctlTests {
  private let served: Served

  init() throws { served = try #require(Served.current) }

  private static let reportKeys: Set = [
    "model", "model_version", "precision", "images", "correct", "accuracy", "loss", "seconds",
    "images_per_second", "latency_us", "errors", "batch", "connections", "pipeline",
    "evaluation",
  ]

  @Test func `the 10,000 test images read over the socket as they do in process`() throws {
    let (here, there) = (served.folder.path("here"), served.folder.path("there"))
    let online = try served.digitctl(
      "evaluate", "--model", "beta", "--predictions", there, "--json")
    let offline = try Program.digitlab.run([
      "evaluate", "--model", "beta", "--models", served.models, "--data", "Tests/Data/mnist",
      "--predictions", here, "--json",
    ])
    #expect(online.status == 0, "\(online.errors)")
    #expect(offline.status == 0, "\(offline.errors)")
    let predictions = try String(contentsOfFile: there, encoding: .utf8)
    #expect(predictions == (try String(contentsOfFile: here, encoding: .utf8)))
    #expect(predictions.split(separator: "\n").count == 10_000)
    let report = try #require(online.object)
    let reference = try #require(offline.object)
    #expect(report["accuracy"] as? Double == reference["accuracy"] as? Double)
    let loss = try #require(report["loss"] as? Double)
    #expect(abs(loss - (try #require(reference["loss"] as? Double))) < 1e-6)
    // One mechanism judges both.
    let figures = try [report, reference].map { try #require($0["evaluation"] as? NSDictionary) }
    #expect(figures[0] == figures[1])
    #expect(report["images"] as? Int == 10_000)
    #expect(
      report["correct"] as? Int == Int(try #require(report["accuracy"] as? Double) * 10_000 + 0.5))
    #expect(try #require(report["accuracy"] as? Double) > 0.98)
  }

  @Test(arguments: [[1, 1, 1], [1, 2, 64], [7, 3, 2], [64, 4, 8], [256, 1, 1], [255, 1, 300]])
  func `how images are spread over requests changes no answer`(_ shape: [Int]) throws {
    let file = served.folder.path("spread")
    let outcome = try served.digitctl(
      "evaluate", "--batch", "\(shape[0])", "--connections", "\(shape[1])", "--pipeline",
      "\(shape[2])", "--limit", "1001", "--predictions", file, "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let report = try #require(outcome.object)
    #expect(Set(report.keys) == Self.reportKeys)
    #expect(report["batch"] as? Int == shape[0])
    #expect(report["connections"] as? Int == shape[1])
    #expect(report["pipeline"] as? Int == shape[2])
    #expect(report["images"] as? Int == 1_001)
    #expect((report["errors"] as? [String: Int])?.isEmpty == true)
    let latency = try #require(report["latency_us"] as? [String: Double])
    let percentiles = try ["p50", "p90", "p99", "p999", "max"].map { try #require(latency[$0]) }
    #expect(percentiles == percentiles.sorted())
    #expect(percentiles[0] > 0)

    let whole = served.folder.path("whole")
    _ = try served.digitctl("evaluate", "--limit", "1001", "--predictions", whole)
    #expect(
      try String(contentsOfFile: file, encoding: .utf8)
        == String(contentsOfFile: whole, encoding: .utf8))
  }

  @Test func `an accuracy below what is wanted fails after the report`() throws {
    let outcome = try served.digitctl(
      "evaluate", "--limit", "500", "--min-accuracy", "1", "--json")
    #expect(outcome.status == 1)
    #expect(outcome.object != nil)
    #expect(outcome.errors.contains("expected an accuracy of at least 1"))
    #expect(try served.digitctl("evaluate", "--limit", "500", "--min-accuracy", "0.5").status == 0)
  }

  @Test func `for people the report is a few lines`() throws {
    let outcome = try served.digitctl("evaluate", "--limit", "100")
    #expect(outcome.output.contains("accuracy"))
    #expect(outcome.output.contains("of 100 right"))
    #expect(outcome.output.contains("p99.9"))
    #expect(outcome.errors.isEmpty)
  }

  @Test func `predict tells the digit, all probabilities and the truth`() throws {
    let outcome = try served.digitctl("predict", "--index", "7", "--model", "alpha", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let answer = try #require(outcome.object)
    #expect(answer["index"] as? Int == 7)
    #expect(answer["truth"] as? Int == 9)
    #expect(answer["model"] as? String == "alpha")
    let probabilities = try #require(answer["probabilities"] as? [Double])
    #expect(probabilities.count == 10)
    #expect(abs(probabilities.reduce(0, +) - 1) < 1e-5)
    let label = try #require(answer["label"] as? Int)
    #expect(probabilities[label] == probabilities.max())
    #expect(answer["correct"] as? Bool == (label == 9))

    let text = try served.digitctl("predict", "--index", "7").output
    #expect(text.hasPrefix("image 7 shows"))
    #expect(text.contains("the truth is 9"))
    #expect(text.contains("█"))
  }

  @Test func `models lists what the server offers`() throws {
    let models = try #require(
      try served.digitctl("models", "--json").object?["models"] as? [[String: Any]])
    #expect(models.map { $0["name"] as? String } == ["alpha", "beta"])
    #expect(models.map { $0["default"] as? Bool } == [true, false])
    #expect(try served.digitctl("models").output.contains("alpha (default)"))
  }

  @Test func `ping measures each round trip`() throws {
    let outcome = try served.digitctl("ping", "--count", "3")
    #expect(outcome.status == 0)
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines[3].contains("p50"))
  }

  @Test(arguments: [
    (["evaluate", "--model", "gamma"], "expected one of the models alpha, beta, got gamma"),
    (["evaluate", "--batch", "257"], "expected at most 256 images"),
    (["predict", "--index", "10000"], "expected --index from 0 to 9999, got 10000"),
    (["evaluate", "--predictions", "/nonexistent/file"], "cannot write /nonexistent/file"),
    (["evaluate", "--images", "/none", "--labels", "/none"], "/none: there is no such file"),
    (["models", "--server", "127.0.0.1:1"], "Is digitd running there?"),
    (["ping", "--token-file", "/none"], "cannot read the token file '/none'"),
  ])
  func `a failure is one sentence and exit status 1`(
    _ arguments: [String], _ sentence: String
  ) throws {
    let outcome = try Program.digitctl.run(
      arguments, environment: ["DIGITS_SERVER": served.server.address])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
    #expect(outcome.errors.hasPrefix("digitctl: "))
    #expect(outcome.errors.split(separator: "\n").count == 1)
  }

  @Test func `a server with a token wants to hear it`() throws {
    let file = served.folder.path("token")
    try "open sesame\n".write(toFile: file, atomically: true, encoding: .utf8)
    let server = try RunningServer(models: served.models, arguments: ["--token-file", file])
    let silent = try Program.digitctl.run(["ping", "--server", server.address])
    #expect(silent.status == 1)
    #expect(silent.errors.contains("UNAUTHENTICATED"))
    let told = try Program.digitctl.run([
      "ping", "--server", server.address, "--token-file", file, "--count", "1",
    ])
    #expect(told.status == 0, "\(told.errors)")
    #expect(server.stop() == 0)
  }
}
