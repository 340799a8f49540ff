import DigitWire
import Foundation
import ScriptedServers
import Testing

/// Names and messages that come from others reach nobody's terminal as they are: neither what
/// would clear a screen or colour it, nor a line end that would begin a line of its own.
@Suite(.timeLimit(.minutes(2))) struct HostileNamesTests {
  private static let name = "evil\u{1b}[2J\nfake: all right\u{9b}31m\u{202e}"
  private static let shown = #"evil\u{1b}[2J\nfake: all right\u{9b}31m\u{202e}"#

  private static func server(
    script: @escaping ScriptedServer.Script = { frame, peer in
      if frame.predict == nil { peer.refuse(frame, .internal) } else { peer.answer(frame, as: 7) }
    }
  ) throws -> ScriptedServer {
    var welcome = Welcome.usual
    welcome.models = [
      ModelEntry(handle: 1, name: name, version: 3, isDefault: true, precision: .float32)
    ]
    return try ScriptedServer(welcome: welcome, script: script)
  }

  private func expectNothingRaw(_ outcome: Program.Outcome, lines: Int? = nil) {
    let text = outcome.output + outcome.errors
    let controls = text.unicodeScalars.filter { scalar in
      scalar != "\n" && (scalar.properties.generalCategory == .control || scalar == "\u{202e}")
    }
    #expect(controls.isEmpty, "\(text)")
    #expect(!text.contains("\nfake"), "\(text)")
  }

  @Test(arguments: [
    ["predict", "--index", "0"], ["evaluate", "--limit", "20", "--batch", "10"],
    ["bench", "--requests", "20", "--warmup", "0s"],
  ])
  func `a server's model names are shown escaped`(arguments: [String]) throws {
    let server = try Self.server()
    let outcome = try Program.digitctl.run(arguments + ["--server", server.address])
    #expect(outcome.output.contains(Self.shown), "\(outcome.output)\(outcome.errors)")
    expectNothingRaw(outcome)
  }

  @Test func `JSON keeps them, as escapes of its own`() throws {
    let server = try Self.server()
    let outcome = try Program.digitctl.run(
      "predict", "--index", "0", "--json", "--server", server.address)
    #expect(outcome.object?["model"] as? String == Self.name)
    expectNothingRaw(outcome)
  }

  @Test(arguments: [["predict", "--index", "0"], ["evaluate", "--limit", "20"], ["stats"]])
  func `a server's ERROR texts are one line of ours`(arguments: [String]) throws {
    let server = try Self.server { frame, peer in
      peer.send(ErrorMessage(Refusal(.internal, Self.name)), id: frame.id)
    }
    let outcome = try Program.digitctl.run(arguments + ["--server", server.address])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains(Self.shown), "\(outcome.errors)")
    #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
    expectNothingRaw(outcome)
  }

  @Test func `pictures' names are shown escaped, read or not`() throws {
    let folder = try TemporaryFolder()
    let (whole, broken) = (folder.path("\(Self.name).jpg"), folder.path("\(Self.name).png"))
    try FileManager.default.copyItem(
      atPath: "\(Program.root.path)/Tests/Data/photos/single/000.jpg", toPath: whole)
    try Data("text".utf8).write(to: URL(filePath: broken))
    let server = try Self.server()
    let outcome = try Program.digitctl.run(
      "predict", whole, broken, folder.path("\(Self.name)-missing"), "--server", server.address)
    #expect(outcome.output.contains("\(Self.shown).jpg"), "\(outcome.output)")
    #expect(outcome.errors.contains("\(Self.shown).png"), "\(outcome.errors)")
    expectNothingRaw(outcome)
  }

  @Test(arguments: [
    ["evaluate", "--limit", "20", "--report", "out", "--model"],
    ["bench", "--seconds", "0.01", "--model"],
    ["bench", "--seconds", "0.01", "--roofline", "--batch", "1", "--model"],
    ["predict", "--index", "0", "--model"], ["export", "--model"],
    ["export", "--onnx", "\(name).onnx", "--model"],
  ])
  func `digitlab shows names of models and files escaped`(arguments: [String]) throws {
    let folder = try TemporaryFolder()
    let model = folder.path("\(Self.name).safetensors")
    try FileManager.default.copyItem(
      atPath: "\(Program.root.path)/Models/mlp-50-50.safetensors", toPath: model)
    try FileManager.default.createDirectory(
      atPath: folder.path("Tests/Data"), withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("Tests/Data/mnist"),
      withDestinationPath: "\(Program.root.path)/Tests/Data/mnist")
    let outcome = try Program.digitlab.run(arguments + [model], in: folder.url)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains(Self.shown), "\(outcome.output)")
    expectNothingRaw(outcome)
    if let page = try? String(contentsOfFile: folder.path("out/report.html"), encoding: .utf8) {
      #expect(page.contains(Self.shown))
      #expect(!page.contains("\u{1b}") && !page.contains("\u{202e}"))
    }
    let missing = try Program.digitlab.run(arguments + [model + "x"], in: folder.url)
    #expect(missing.status == 1)
    #expect(missing.errors.split(separator: "\n").count == 1, "\(missing.errors)")
    expectNothingRaw(missing)
  }
}
