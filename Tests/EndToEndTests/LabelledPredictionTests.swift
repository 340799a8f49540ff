import Foundation
import Testing

/// `predict` of one labelled image by both programs.
@Suite(.servesModels, .timeLimit(.minutes(1))) struct LabelledPredictionTests {
  private let served: Served

  init() throws { served = try #require(Served.current) }

  @Test func `both programs read an image alike`() throws {
    let offline = try Program.digitlab.run(
      "predict", "--index", "7", "--models", served.models, "--json")
    let online = try served.digitctl("predict", "--index", "7", "--json")
    let answers = try [offline, online].map { try #require($0.object) }
    #expect(
      Set(answers[0].keys) == [
        "index", "label", "probability", "probabilities", "truth", "correct", "model",
        "compute_us",
      ])
    // Neither was told a model: both take the first by name.
    for key in answers[0].keys where key != "compute_us" {
      #expect(answers[0][key] as? NSObject == answers[1][key] as? NSObject, "\(key)")
    }

    let texts = try [
      Program.digitlab.run("predict", "--index", "7", "--models", served.models).output,
      served.digitctl("predict", "--index", "7").output,
    ].map { $0.split(separator: "\n").dropLast() }
    #expect(texts[0].count == 11)
    #expect(texts[0] == texts[1])
  }

  @Test func `any image, drawn`() throws {
    let outcome = try Program.digitlab.run(
      "predict", "--random", "--show", "--model", "beta", "--models", served.models)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.split(separator: "\n", omittingEmptySubsequences: false).count == 27)
    #expect(outcome.output.contains(", compute "))
  }

  @Test func `an index beyond the set, and a folder without models, are failures`() throws {
    let beyond = try Program.digitlab.run("predict", "--index", "10000")
    #expect(beyond.status == 1)
    #expect(beyond.errors.contains("expected --index from 0 to 9999, got 10000"))
    let empty = try Program.digitlab.run("predict", "--index", "7", "--models", "Tests")
    #expect(empty.status == 1)
    #expect(empty.errors.contains("expected a model in Tests, but it holds none"))
  }
}
