import Foundation
import Testing

/// `digitlab cascade`.
@Suite(.timeLimit(.minutes(5))) struct CascadeTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder.withShippedTrainingImages() }

  private func run(_ words: String...) throws -> Program.Outcome { try run(words) }

  private func run(_ words: [String]) throws -> Program.Outcome {
    try Program.digitlab.run(words + ["--data", folder.url.path])
  }

  private static func shipped(_ name: String) -> String {
    Program.root.appending(path: "Models/\(name).safetensors").path
  }

  private func train(_ name: String, epochs: Int, _ words: String...) throws -> String {
    let outcome = try run(
      [
        "train", "--arch", "mlp-50-50", "--epochs", "\(epochs)", "--out", folder.url.path, "--name",
        name,
      ] + words)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return folder.path("\(name).safetensors")
  }

  private func json(_ path: String) throws -> [String: Any] {
    let data = try Data(contentsOf: URL(filePath: path))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  private func probabilities(_ model: String) throws -> [[Float]] {
    let path = folder.path("probabilities.bin")
    let outcome = try run(
      "evaluate", "--model", model, "--limit", "500", "--probabilities", path)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let data = try Data(contentsOf: URL(filePath: path))
    return data.withUnsafeBytes { bytes in
      let values = bytes.bindMemory(to: Float.self)
      return (0..<500).map { Array(values[$0 * 10..<$0 * 10 + 10]) }
    }
  }

  @Test func `a cascade answers as its stages do, is exported, calibrated, and served`() throws {
    let (small, large) = (Self.shipped("tiny"), Self.shipped("compact"))
    let path = folder.path("cascade.safetensors")
    let made = try run(
      "cascade", "--stage", small, "--below", "0.9", "--stage", large, "--out", path)
    #expect(made.status == 0, "\(made.errors)")
    #expect(made.output.contains("MFLOP an image on the average"))

    let (first, last) = (try probabilities(small), try probabilities(large))
    let expected = first.indices.map { first[$0].max()! < 0.9 ? last[$0] : first[$0] }
    #expect(expected != first && expected != last)
    #expect(try probabilities(path) == expected)

    let card = try json(folder.path("cascade.json"))
    #expect(card["architecture"] as? String == "cascade")
    #expect(card["recipe"] == nil)
    #expect(card["test"] != nil && card["self_test"] != nil)
    let stages = try #require((card["cascade"] as? [String: Any])?["stages"] as? [[String: Any]])
    #expect(stages.map { $0["name"] as? String } == ["tiny", "compact"])
    #expect(stages[0]["below"] as? Double == 0.9 && stages[1]["below"] == nil)

    let summary = try Program.digitlab.run("summary", path)
    #expect(summary.output.contains("those below 0.9 go on"))
    #expect(summary.output.contains("on the average"))
    let exported = try Program.digitlab.run(
      "export", "--model", path, "--onnx", folder.path("cascade.onnx"))
    #expect(exported.status == 0, "\(exported.errors)")
    let blind = try Program.digitlab.run("bench", "--model", path, "--seconds", "0.05")
    #expect(blind.status == 2)
    #expect(blind.errors.contains("expected images for a cascade"))
    let fitted = try run("confidence", "--model", path, "--fold-model", path)
    #expect(fitted.status == 1)
    #expect(fitted.errors.contains("is a cascade"))
    try expectServed()
  }

  private func expectServed() throws {
    try FileManager.default.createDirectory(
      atPath: folder.path("served"), withIntermediateDirectories: false)
    for file in ["cascade.safetensors", "cascade.json"] {
      try FileManager.default.copyItem(
        atPath: folder.path(file), toPath: folder.path("served/\(file)"))
    }
    let server = try RunningServer(models: folder.path("served"))
    defer { _ = server.stop() }
    let models = try Program.digitctl.run(
      ["models"], environment: ["DIGITS_SERVER": server.address])
    #expect(models.output.contains("cascade"), "\(models.errors)")
  }

  @Test func `a threshold is chosen by models that have not learnt from the images`() throws {
    let stages = try [train("first", epochs: 1), train("last", epochs: 2)]
    let folds = try [
      train("first-fold", epochs: 1, "--fold", "2/5"),
      train("last-fold", epochs: 2, "--fold", "2/5"),
    ]
    let path = folder.path("cascade.safetensors")
    let words = ["cascade", "--stage", stages[0], "--stage", stages[1], "--out", path]
    let made = try run(words + ["--fold-model", folds[0], "--fold-model", folds[1]])
    #expect(made.status == 0, "\(made.errors)")
    #expect(made.output.contains("1000 held-out images"))
    let cascade = try #require(try json(folder.path("cascade.json"))["cascade"] as? [String: Any])
    let below = try #require((cascade["stages"] as? [[String: Any]])?[0]["below"] as? Double)
    #expect((0.5...0.99).contains(below))
    #expect((cascade["held_out"] as? [String: Any])?["folds"] as? [String] == ["2/5"])

    let swapped = try run(words + ["--fold-model", folds[1], "--fold-model", folds[0]])
    #expect(swapped.status == 1)
    #expect(swapped.errors.contains("expected the architecture and the recipe of first"))
    let other = try train("other-fold", epochs: 2, "--fold", "1/5")
    let mixed = try run(words + ["--fold-model", folds[0], "--fold-model", other])
    #expect(mixed.status == 1)
    #expect(mixed.errors.contains("expected models that hold the same fold out"))
    let none = try run(
      words + ["--fold-model", folds[0], "--fold-model", folds[1], "--mflop-max", "0.001"])
    #expect(none.status == 1)
    #expect(none.errors.contains("no threshold from 0.5 on keeps within"))
  }

  @Test(arguments: [
    (["--stage", "tiny"], "--stage: expected it 2 to 16 times, got it 1 times"),
    (["--stage", "tiny", "--stage", "compact"], "--below: expected a threshold for each stage"),
    (
      ["--stage", "tiny", "--stage", "compact", "--below", "1.5"],
      "expected thresholds above 0 and at most 1"
    ),
    (
      ["--stage", "tiny", "--stage", "compact", "--below", "0.5", "--fold-model", "x"],
      "--fold-model: expected one for each of the 2 stages"
    ),
  ])
  func `a command line that makes no cascade is refused`(words: [String], problem: String) throws {
    let outcome = try run(
      ["cascade"] + words + ["--out", folder.path("cascade.safetensors")])
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains(problem), "\(outcome.errors)")
  }

  @Test func `a cascade is no stage, and no stage's file is replaced`() throws {
    let tiny = Self.shipped("tiny")
    let path = folder.path("cascade.safetensors")
    let words = ["cascade", "--stage", tiny, "--below", "0.9", "--stage"]
    #expect(try run(words + [tiny, "--out", path]).status == 0)
    let nested = try run(words + [path, "--out", folder.path("nested.safetensors")])
    #expect(nested.status == 1)
    #expect(nested.errors.contains("is a cascade: name its stages one by one"))
    let own = folder.path("own.safetensors")
    try FileManager.default.copyItem(atPath: tiny, toPath: own)
    #expect(try run(words + [own, "--out", own]).status == 1)
  }
}
