import Foundation
import ScriptedServers
import Testing

/// Where digitctl describes the model that answered, it says what that computes with: the scripted
/// server's default model with bf16, its other one with int8.
@Suite(.timeLimit(.minutes(1))) struct DigitctlPrecisionTests {
  private func digitctl(_ arguments: [String]) throws -> Program.Outcome {
    let server = try ScriptedServer { frame, peer in
      if frame.predict == nil { peer.refuse(frame, .overloaded) } else { peer.answer(frame, as: 1) }
    }
    return try Program.digitctl.run(arguments, environment: ["DIGITS_SERVER": server.address])
  }

  @Test func `in the list of models`() throws {
    let text = try digitctl(["models"])
    #expect(text.output.contains(/cnn-28 \(default\) +3 +3 +bf16 +10\n/), "\(text.output)")
    #expect(text.output.contains(/mlp-16 +1 +1 +int8 +10\n/), "\(text.output)")
    let models = try digitctl(["models", "--json"]).object?["models"] as? [[String: Any]]
    #expect(models?.map { $0["precision"] as? String } == ["bf16", "int8"])
  }

  @Test(arguments: [
    ["predict", "--index", "8"], ["evaluate", "--limit", "20"],
    ["bench", "--requests", "20", "--warmup", "0s"],
  ])
  func `in text and JSON`(arguments: [String]) throws {
    for (model, version, precision) in [("cnn-28", 3, "bf16"), ("mlp-16", 1, "int8")] {
      let arguments = arguments + ["--model", model]
      let text = try digitctl(arguments)
      // A RESULT tells its version, and the script's is always 3; a load's is WELCOME's.
      let told = arguments[0] == "bench" ? version : 3
      #expect(text.output.contains("\(model) version \(told), \(precision)"), "\(text.output)")
      let report = try digitctl(arguments + ["--json"]).object
      #expect(report?["precision"] as? String == precision)
    }
  }

  @Test func `of pictures, in JSON`() throws {
    let picture = Program.root.appending(path: "Tests/Data/photos/single/000.jpg").path
    let report = try digitctl(["predict", picture, "--model", "mlp-16", "--json"]).object
    #expect(report?["precision"] as? String == "int8")
  }
}
