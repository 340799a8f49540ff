import Foundation
import Testing

/// `digitlab confidence`.
@Suite(.timeLimit(.minutes(5))) struct ConfidenceTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder.withShippedTrainingImages() }

  private func run(_ words: String...) throws -> Program.Outcome {
    try Program.digitlab.run(words + ["--data", folder.url.path])
  }

  private func train(_ name: String, epochs: Int = 2, _ words: String...) throws {
    let outcome = try Program.digitlab.run(
      [
        "train", "--arch", "mlp-50-50", "--epochs", "\(epochs)", "--data", folder.url.path, "--out",
        folder.url.path, "--name", name,
      ] + words)
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  private func card() throws -> [String: Any] {
    let data = try Data(contentsOf: folder.url.appending(path: "whole.json"))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  @Test func `a model is fitted once, to images that another has not learnt from`() throws {
    try train("whole")
    try train("part", "--fold", "2/5")
    let before = try #require(try card()["test"] as? [String: Any])
    let (whole, part) = (folder.path("whole.safetensors"), folder.path("part.safetensors"))

    let alone = try run("confidence", "--model", whole, "--fold-model", whole)
    #expect(alone.status == 1)
    #expect(alone.errors.contains("expected a model of digitlab train --fold and its card"))

    let outcome = try run("confidence", "--model", whole, "--fold-model", part)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("1000 held-out images"))
    let card = try card()
    let confidence = try #require(card["confidence"] as? [String: Any])
    #expect(confidence["folds"] as? [String] == ["2/5"])
    let temperature = try #require(confidence["temperature"] as? Double)
    #expect(temperature > 0.05 && temperature < 20)
    let figures = try ["before", "after"].map { moment in
      try #require((confidence[moment] as? [String: Any])?["loss"] as? Double)
    }
    #expect(figures[1] <= figures[0])
    let threshold = try #require(confidence["rejection_threshold"] as? Double)
    #expect(threshold > 0.1 && threshold < 1)
    let test = try #require(card["test"] as? [String: Any])
    #expect(test["error_count"] as? Int == before["error_count"] as? Int)
    #expect(test["loss"] as? Double != before["loss"] as? Double)

    let told = try run("evaluate", "--model", whole, "--limit", "500")
    #expect(told.output.contains("by held-out images"))
    try expectServed(threshold: threshold)
    let again = try run("confidence", "--model", whole, "--fold-model", part)
    #expect(again.status == 1)
    #expect(again.errors.contains("has been fitted already, with temperature"))
  }

  /// A client is told the threshold, and pictures are judged by it.
  private func expectServed(threshold: Double) throws {
    try FileManager.default.createDirectory(
      atPath: folder.path("served"), withIntermediateDirectories: false)
    for file in ["whole.safetensors", "whole.json", "part.safetensors"] {
      try FileManager.default.copyItem(
        atPath: folder.path(file), toPath: folder.path("served/\(file)"))
    }
    let server = try RunningServer(models: folder.path("served"))
    defer { _ = server.stop() }
    let environment = ["DIGITS_SERVER": server.address]
    let models = try Program.digitctl.run(["models", "--json"], environment: environment)
    let list = try JSONSerialization.jsonObject(with: Data(models.output.utf8)) as? [String: Any]
    let thresholds = try #require(list?["models"] as? [[String: Any]]).map {
      ($0["name"] as? String, $0["rejection_threshold"] as? Double)
    }
    let told = try #require(thresholds.first { $0.0 == "whole" }?.1)
    #expect(abs(told - threshold) < 1e-6)
    #expect(thresholds.contains { $0.0 == "part" && $0.1 == nil })
    try expectJudged("whole", least: max(0.9, told), threshold: told, environment)
    try expectJudged("part", least: 0.6, threshold: 0, environment)
  }

  /// Photographs are sure from a probability on, and no digits below another.
  private func expectJudged(
    _ model: String, least: Double, threshold: Double, _ environment: [String: String]
  ) throws {
    let photos = Program.root.appending(path: "Tests/Data/photos/single").path
    let read = try Program.digitctl.run(
      ["predict", "--json", "--model", model, photos], environment: environment)
    let report = try JSONSerialization.jsonObject(with: Data(read.output.utf8)) as? [String: Any]
    let digits = try #require(report?["files"] as? [[String: Any]]).flatMap { file in
      file["digits"] as? [[String: Any]] ?? []
    }
    #expect(digits.count > 50)
    for digit in digits {
      let probability = try #require(digit["probability"] as? Double)
      #expect(digit["not_a_digit"] as? Bool == (probability < threshold))
      #expect(digit["sure"] as? Bool == (probability >= least))
    }
  }

  @Test func `a fold of another recipe is refused`() throws {
    try train("whole")
    try train("part", epochs: 1, "--fold", "1/5")
    let outcome = try run(
      "confidence", "--model", folder.path("whole.safetensors"), "--fold-model",
      folder.path("part.safetensors"))
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("expected the architecture and the recipe of whole"))
  }
}
