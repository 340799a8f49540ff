import DigitFiles
import Foundation
import Testing

@Test func `Ctrl-C saves, and the command that is printed goes on to the same weights`() throws {
  let folder = try TemporaryFolder.withShippedTrainingImages()
  let arguments = { (out: String) in
    [
      "train", "--arch", "tiny", "--epochs", "6", "--threads", "2", "--data", folder.url.path,
      "--out", "\(folder.url.path)/\(out)",
    ]
  }
  let whole = try Program.digitlab.run(arguments("whole"))
  #expect(whole.status == 0, "\(whole.errors)")

  let errors = folder.url.appending(path: "errors")
  try Data().write(to: errors)
  let process = Program.digitlab.process(arguments("broken"))
  process.currentDirectoryURL = Program.root
  process.standardError = try FileHandle(forWritingTo: errors)
  let output = Pipe()
  process.standardOutput = output
  try process.run()
  // The first line says that training begins, the second that an epoch is done.
  var seen = ""
  while seen.split(separator: "\n").count < 2 {
    let data = output.fileHandleForReading.availableData
    try #require(!data.isEmpty)
    seen += String(decoding: data, as: UTF8.self)
  }
  process.interrupt()
  process.waitUntilExit()
  #expect(process.terminationStatus == 1)
  let message = try String(contentsOf: errors, encoding: .utf8)
  #expect(message.contains("of 6, and saved. To continue:"))
  let sentence = try #require(message.firstMatch(of: /To continue: (.*)/)).1
  let command = sentence.split(separator: " ").map(String.init)
  try #require(command.first == "digitlab" && command.last == "--resume")

  let resumed = try Program.digitlab.run(Array(command.dropFirst()))
  #expect(resumed.status == 0, "\(resumed.errors)")
  #expect(!resumed.output.contains("epoch 1/6"))
  let weights = try ["whole", "broken"].map { out in
    try Data(contentsOf: folder.url.appending(path: "\(out)/tiny.safetensors"))
  }
  #expect(weights[0] == weights[1])
  #expect(
    !FileManager.default.fileExists(atPath: "\(folder.url.path)/broken/tiny.checkpoint"))
}

@Test func `a published network is conditioned when it is trained by our recipe`() throws {
  let folder = try TemporaryFolder.withShippedTrainingImages()
  for (recipe, isConditioned) in [("house", true), ("reference", false)] {
    let outcome = try Program.digitlab.run(
      "train", "--arch", "cnn-28", "--recipe", recipe, "--epochs", "1", "--train-limit", "64",
      "--data", folder.url.path, "--out", folder.path(recipe))
    #expect(outcome.status == 0, "\(outcome.errors)")
    let file = try Data(contentsOf: folder.url.appending(path: "\(recipe)/cnn-28.safetensors"))
    #expect((file.range(of: Data("conditioning".utf8)) != nil) == isConditioned)
  }
}

@Test func `a training's log is drawn as curves`() throws {
  let folder = try TemporaryFolder.withShippedTrainingImages()
  let (log, out) = (folder.path("log.csv"), folder.path("curves"))
  let training = try Program.digitlab.run(
    "train", "--arch", "mlp-50-50", "--epochs", "3", "--train-limit", "500", "--validation", "100",
    "--data", folder.url.path, "--out", folder.url.path, "--log", log)
  #expect(training.status == 0, "\(training.errors)")

  let outcome = try Program.digitlab.run("curves", log, "--out", out)
  #expect(outcome.status == 0, "\(outcome.errors)")
  #expect(
    outcome.output == "Wrote \(out)/curves.html, \(out)/curves.svg, \(out)/curves.png\n")
  let page = try String(contentsOfFile: "\(out)/curves.html", encoding: .utf8)
  #expect(page.contains("log: accuracy") && page.contains("of the validation images read right"))
  let svg = try String(contentsOfFile: "\(out)/curves.svg", encoding: .utf8)
  for word in ["log: loss", "log: accuracy", "epoch", "validation"] { #expect(svg.contains(word)) }
  let png = try PictureFile.read("\(out)/curves.png")
  #expect(png.width == 1_920 && Set(png.pixels).count > 10)

  let missing = try Program.digitlab.run(
    ["curves", log, "--out", out], environment: ["PATH": "/nowhere"])
  #expect(missing.status == 0)
  #expect(missing.errors.contains("apt-get install gnuplot-nox"))
  #expect(missing.output == "Wrote \(out)/curves.html, \(out)/curves.svg\n")
  let other = try Program.digitlab.run("curves", "README.md", "--out", out)
  #expect(other.status == 1)
  #expect(other.errors.contains("README.md: line 1: expected epoch,learning_rate,"))
}

@Test func `resuming without a checkpoint says where it was expected`() throws {
  let folder = try TemporaryFolder.withShippedTrainingImages()
  let outcome = try Program.digitlab.run(
    "train", "--data", folder.url.path, "--out", folder.url.path, "--resume")
  #expect(outcome.status == 1)
  #expect(
    outcome.errors
      == "digitlab: --resume: expected a checkpoint at \(folder.url.path)/mlp-50-50.checkpoint, "
      + "but there is none\n")
}

@Test func `a summary shows each layer's shape, parameters and operations`() throws {
  let outcome = try Program.digitlab.run("summary", "tiny")
  #expect(
    outcome.output == """
      layer                                     output  parameters    FLOP
      input                                    28×28×1           0       0
      convolution 5×5, 12 filters, stride 2   12×12×12         312   86400
      batch normalization                     12×12×12          48       0
      relu                                    12×12×12           0       0
      convolution 3×3, 16 filters             10×10×16        1744  345600
      batch normalization                     10×10×16          64       0
      relu                                    10×10×16           0       0
      maximum pooling 2×2                       5×5×16           0       0
      convolution 3×3, 32 filters, padding 1    5×5×32        4640  230400
      batch normalization                       5×5×32         128       0
      relu                                      5×5×32           0       0
      convolution 3×3, 32 filters               3×3×32        9248  165888
      batch normalization                       3×3×32         128       0
      relu                                      3×3×32           0       0
      flatten                                      288           0       0
      dense 10, softmax                             10        2890    5760
      total                                                  19202  834048

      """)
}

@Test func `models lists every architecture with its size and epochs`() throws {
  let lines = try Program.digitlab.run("models").output.split(separator: "\n")
  let fields = lines.map { $0.split(separator: " ").map(String.init) }
  #expect(fields[0] == ["name", "parameters", "MFLOP", "reference", "house"])
  #expect(fields.contains(["cnn-32-64", "1199882", "23.98", "12", "20"]))
  #expect(fields.contains(["tiny", "19202", "0.83", "12", "40"]))
  #expect(fields.contains(["ensemble", "401558", "51.08", "12", "20"]))
}
