import DigitFiles
import Foundation
import Testing

/// Trainings leave alone what is there already, and what another one is writing.
@Suite(.timeLimit(.minutes(5))) struct TrainingFilesTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder.withShippedTrainingImages() }

  private func train(_ arguments: String...) throws -> Program.Outcome {
    try Program.digitlab.run(
      ["train", "--data", ".", "--train-limit", "300"] + arguments, in: folder.url)
  }

  private func content(_ name: String) throws -> Data {
    try Data(contentsOf: folder.url.appending(path: name))
  }

  private func linkTestImages() throws {
    try FileManager.default.createDirectory(
      at: folder.url.appending(path: "Tests/Data"), withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("Tests/Data/mnist"),
      withDestinationPath: "\(Program.root.path)/Tests/Data/mnist")
  }

  @Test func `a training writes to a folder of its own, and a second one needs --force`() throws {
    try linkTestImages()
    let first = try train("--epochs", "1")
    #expect(first.status == 0, "\(first.errors)")
    #expect(first.output.contains("1 epoch, "), "\(first.output)")
    let names = try FileManager.default.contentsOfDirectory(
      atPath: folder.path("runs/mlp-50-50")
    ).sorted()
    #expect(names == ["mlp-50-50.json", "mlp-50-50.safetensors"])
    #expect(!FileManager.default.fileExists(atPath: folder.path("Models")))

    let weights = try content("runs/mlp-50-50/mlp-50-50.safetensors")
    let second = try train("--epochs", "1", "--seed", "5")
    #expect(second.status == 1)
    #expect(second.errors.contains("replace it with --force"), "\(second.errors)")
    #expect(try content("runs/mlp-50-50/mlp-50-50.safetensors") == weights)
    #expect(try train("--epochs", "1", "--seed", "5", "--force").status == 0)
    #expect(try content("runs/mlp-50-50/mlp-50-50.safetensors") != weights)
  }

  @Test func `a checkpoint is not lost to a training that begins anew`() throws {
    try FileManager.default.createDirectory(
      atPath: folder.path("runs/c"), withIntermediateDirectories: true)
    let checkpoint = Data("of an epoch that took an hour".utf8)
    try checkpoint.write(to: folder.url.appending(path: "runs/c/c.checkpoint"))
    let outcome = try train("--epochs", "1", "--name", "c")
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("continue it with --resume"), "\(outcome.errors)")
    #expect(try content("runs/c/c.checkpoint") == checkpoint)
  }

  @Test func `of two trainings of one name the second is told so`() throws {
    let first = Program.digitlab.process([
      "train", "--data", ".", "--epochs", "10000", "--name", "c",
    ])
    first.currentDirectoryURL = folder.url
    first.standardOutput = FileHandle.nullDevice
    first.standardError = FileHandle.nullDevice
    try first.run()
    let checkpoint = folder.path("runs/c/c.checkpoint")
    while !FileManager.default.fileExists(atPath: checkpoint), first.isRunning { usleep(1_000) }
    for arguments in [["--resume"], ["--force"]] {
      let second = try Program.digitlab.run(
        ["train", "--data", ".", "--epochs", "10000", "--name", "c"] + arguments, in: folder.url)
      #expect(second.status == 1)
      #expect(
        second.errors.contains("another training (process \(first.processIdentifier))"),
        "\(second.errors)")
    }
    first.interrupt()
    first.waitUntilExit()
    #expect(first.terminationStatus == 1)
    #expect(!FileManager.default.fileExists(atPath: folder.path("runs/c/c.lock")))
    #expect(FileManager.default.fileExists(atPath: checkpoint))
  }

  @Test(arguments: [300, 5_001, 10_000])
  func `own test images have a card that says nothing of MNIST's writers`(count: Int) throws {
    let all = try ImageSet(
      images: "\(Program.root.path)/Tests/Data/mnist/t10k-images-idx3-ubyte.gz",
      labels: "\(Program.root.path)/Tests/Data/mnist/t10k-labels-idx1-ubyte.gz")
    let own = all.subset((0..<count).reversed())
    let size = [UInt8(count >> 8), UInt8(count & 255)]
    try Data([0, 0, 8, 3, 0, 0] + size + [0, 0, 0, 28, 0, 0, 0, 28] + own.pixels)
      .write(to: folder.url.appending(path: "t10k-images-idx3-ubyte"))
    try Data([0, 0, 8, 1, 0, 0] + size + own.labels)
      .write(to: folder.url.appending(path: "t10k-labels-idx1-ubyte"))
    let outcome = try train("--epochs", "1", "--out", "o u't")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("of \(count) images right"), "\(outcome.output)")
    let card = String(decoding: try content("o u't/mlp-50-50.json"), as: UTF8.self)
    for text in [outcome.output, card] {
      #expect(!text.lowercased().contains("students") && !text.lowercased().contains("clerks"))
    }
    #expect(card.contains("--data .\""), "\(card)")
  }
}
