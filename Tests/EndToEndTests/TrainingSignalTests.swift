import Foundation
import Testing

/// How commands that make models end on signals, phase by phase.
@Suite(.serialized, .timeLimit(.minutes(5))) struct TrainingSignalTests {
  private let data: TemporaryFolder
  private let folder: TemporaryFolder

  init() throws {
    data = try TemporaryFolder.withEnoughForCalibration()
    folder = try TemporaryFolder()
  }

  private func content(_ name: String) throws -> Data {
    try Data(contentsOf: folder.url.appending(path: name))
  }

  @Test func `a signal ends a calibration in its middle, and the model file is as it was`() throws {
    for suffix in ["safetensors", "json"] {
      try FileManager.default.copyItem(
        at: Program.root.appending(path: "Models/ensemble.\(suffix)"),
        to: folder.url.appending(path: "ensemble.\(suffix)"))
    }
    let before = try [content("ensemble.safetensors"), content("ensemble.json")]
    let calibration = try LiveProgram(
      .digitlab, "calibrate", "--model", "ensemble", "--models", folder.url.path, "--data",
      data.url.path, errors: true)
    let word = try calibration.wait(forOneOf: "Calibrating ensemble for ", "has no instructions")
    guard word.hasPrefix("Calibrating") else { return }
    let (status, rest) = calibration.interrupt()
    #expect(status == 1)
    #expect(rest.contains("digitlab: interrupted before ensemble was calibrated for "), "\(rest)")
    #expect(try [content("ensemble.safetensors"), content("ensemble.json")] == before)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
    #expect(names == ["ensemble.json", "ensemble.safetensors"])
  }

  @Test func `a zoo that was interrupted while it calibrates does so when it is run again`() throws
  {
    let words = [
      "zoo", "--only", "mlp-50-50", "--seeds", "1", "--recipe", "house", "--data", data.url.path,
      "--out", folder.url.path,
    ]
    let zoo = try LiveProgram(.digitlab, words, errors: true)
    try zoo.wait(for: "Test: ")
    let word = try zoo.wait(forOneOf: "Calibrating mlp-50-50 for ", "has no instructions")
    guard word.hasPrefix("Calibrating") else { return }
    let (status, rest) = zoo.interrupt()
    #expect(status == 1)
    #expect(rest.contains("digitlab: interrupted before mlp-50-50 was calibrated for "), "\(rest)")
    let weights = try content("mlp-50-50.safetensors")
    #expect(try !String(decoding: content("mlp-50-50.json"), as: UTF8.self).contains("precisions"))

    let again = try Program.digitlab.run(words)
    #expect(again.status == 0, "\(again.errors)")
    #expect(!again.output.contains("Training"), "\(again.output)")
    #expect(again.output.contains("Calibrating mlp-50-50 for "), "\(again.output)")
    #expect(try content("mlp-50-50.safetensors") != weights)
    #expect(try String(decoding: content("mlp-50-50.json"), as: UTF8.self).contains("precisions"))
    #expect(
      try Program.digitlab.run(words).output == "Wrote \(folder.url.path)/README.md\n")
  }

  @Test func `the second signal ends a training at once`() throws {
    let process = Program.digitlab.process([
      "train", "--arch", "tiny", "--epochs", "10000", "--train-limit", "8",
      "--data", data.url.path, "--out", folder.url.path,
    ])
    let output = Pipe()
    // Nobody reads it: when it is full the training stands still, and cannot end in order.
    let descriptor = output.fileHandleForWriting.fileDescriptor
    try #require(fcntl(descriptor, Self.setPipeSize, 4_096) == 4_096)
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    process.currentDirectoryURL = Program.root
    try process.run()
    process.killWhenLate()
    var filled: Int32 = 0
    while process.isRunning, filled < 4_000 {
      usleep(1_000)
      _ = ioctl(output.fileHandleForReading.fileDescriptor, UInt(FIONREAD), &filled)
    }
    process.waitUntilWatched(SIGTERM)
    for signal in [SIGINT, SIGTERM] {
      usleep(200_000)
      kill(process.processIdentifier, signal)
    }
    process.waitUntilExit()
    #expect(process.terminationReason == .uncaughtSignal)
    #expect(process.terminationStatus == SIGTERM)
  }

  /// F_SETPIPE_SZ.
  private static let setPipeSize: Int32 = 1_031
}
