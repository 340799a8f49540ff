import Foundation
import Testing

/// The keys of digitlab's JSON, its grids, and how its long commands end on a signal.
@Suite(.timeLimit(.minutes(5))) struct DigitlabOutputTests {
  @Test func `keys of JSON are in snake_case`() throws {
    let reports = [
      try Program.digitlab.run("evaluate", "--model", "cnn-28", "--limit", "200", "--json"),
      try Program.digitlab.run(
        "bench", "--model", "mlp-50-50", "--batch", "1", "--seconds", "0.02", "--json"),
      try Program.digitlab.run(
        "bench", "--model", "mlp-50-50", "--batch", "1", "--seconds", "0.02", "--json",
        "--roofline"),
    ]
    for report in reports {
      let keys = report.output.matches(of: /"(\w+)":/).map { String($0.1) }
      #expect(keys.count > 5)
      #expect(keys.allSatisfy { $0 == $0.lowercased() }, "\(keys)")
    }
  }

  @Test(arguments: [
    (["bench", "--model", "ensemble", "--batch", "1,64", "--seconds", "3000"], "interrupted"),
    (
      ["bench", "--model", "ensemble", "--batch", "64", "--seconds", "3000", "--roofline"],
      "interrupted"
    ),
    (["evaluate", "--model", "ensemble"], "interrupted"),
  ])
  func `the first signal ends a command in order, with a word`(
    arguments: [String], word: String
  ) throws {
    for signal in [SIGINT, SIGTERM] {
      let process = Program.digitlab.process(arguments)
      process.currentDirectoryURL = Program.root
      process.standardOutput = FileHandle.nullDevice
      let errors = Pipe()
      process.standardError = errors
      try process.run()
      process.waitUntilWatched(signal)
      usleep(100_000)
      kill(process.processIdentifier, signal)
      let text = String(
        decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationReason == .exit && process.terminationStatus == 1)
      #expect(text.contains(word), "\(text)")
    }
  }

  @Test func `a zoo that is interrupted keeps a checkpoint, and says how to go on`() throws {
    let data = try TemporaryFolder.withShippedTrainingImages()
    let folder = try TemporaryFolder()
    let zoo = try LiveProgram(
      .digitlab, "zoo", "--seeds", "1", "--only", "cnn-32-64", "--recipe", "house", "--data",
      data.url.path, "--out", folder.path("zoo"), errors: true)
    try zoo.wait(for: "Training cnn-32-64: ")
    let (status, text) = zoo.interrupt()
    #expect(status == 1)
    #expect(text.contains("Run the same command to continue."), "\(text)")
    #expect(
      FileManager.default.fileExists(atPath: folder.path("zoo/Runs/cnn-32-64-fold-1.checkpoint")))
  }

  @Test(arguments: [("40", 1), ("62", 2), ("200", 3)])
  func `a grid fits the terminal`(columns: String, perLine: Int) throws {
    let outcome = try Program.digitlab.run(
      ["show", "--grid", "1x3", "--data", "\(Program.root.path)/Tests/Data/mnist"],
      shell: "command -v script > /dev/null || exit 9; "
        + "script -qec \"stty cols \(columns); $0 $*\" /dev/null < /dev/null")
    guard outcome.status != 9 else { return }
    #expect(outcome.status == 0, "\(outcome.errors)")
    let heads = outcome.output.split(whereSeparator: \.isNewline).filter {
      $0.contains(/^\d+: \d/)
    }
    #expect(heads.count == (3 + perLine - 1) / perLine, "\(outcome.output)")
    let widths = outcome.output.split(whereSeparator: \.isNewline).map(\.count)
    #expect((widths.max() ?? 0) <= Int(columns)!)
  }
}
