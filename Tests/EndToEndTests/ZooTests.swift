import Foundation
import Testing

@Test func `the zoo trains what is missing and writes the table of models`() throws {
  let folder = try TemporaryFolder.withShippedTrainingImages()
  let out = "\(folder.url.path)/models"
  let arguments = [
    "zoo", "--only", "mlp-50-50", "--seeds", "2", "--recipe", "house", "--data", folder.url.path,
    "--out", out,
  ]
  let first = try Program.digitlab.run(arguments)
  #expect(first.status == 0, "\(first.errors)")
  #expect(first.output.contains("1 of 3: mlp-50-50-fold-1\n"))
  #expect(first.output.contains("2 of 3: mlp-50-50\n"))
  #expect(first.output.contains("Temperature "))
  #expect(first.output.contains("3 of 3: mlp-50-50-house-1\n"))
  let files = try FileManager.default.subpathsOfDirectory(atPath: out).sorted()
  #expect(
    files == [
      "README.md", "Runs", "Runs/mlp-50-50-fold-1.json", "Runs/mlp-50-50-house-1.json",
      "mlp-50-50.json", "mlp-50-50.safetensors",
    ])

  let table = try String(contentsOfFile: "\(out)/README.md", encoding: .utf8)
  #expect(!table.contains("STUDY.md"))
  let row = try #require(table.split(separator: "\n").first { $0.hasPrefix("| `mlp-50-50`") })
  let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
  #expect(cells[1...2] == ["42310", "0.08"])
  #expect(cells[3].hasSuffix("% (2)") && cells[3].contains(" ± "))
  #expect(cells[5...8] == ["–", "–", "–", "96.60 %"])

  let second = try Program.digitlab.run(arguments)
  #expect(!second.output.contains("Training"))
  #expect(second.output.hasSuffix("Wrote \(out)/README.md\n"))
  try FileManager.default.removeItem(atPath: "\(out)/Runs/mlp-50-50-house-1.json")
  try Data("# Study\n".utf8).write(to: URL(filePath: "\(out)/STUDY.md"))
  #expect(try Program.digitlab.run(arguments).output.contains("3 of 3: mlp-50-50-house-1\n"))
  let linking = try String(contentsOfFile: "\(out)/README.md", encoding: .utf8)
  #expect(linking.hasSuffix("[the study](STUDY.md).\n"))
}

@Test func `an ensemble is trained member by member, and goes on to the same weights`() throws {
  let folder = try TemporaryFolder.withShippedTrainingImages()
  let arguments = { (out: String) in
    [
      "train", "--arch", "ensemble", "--epochs", "2", "--train-limit", "256", "--data",
      folder.url.path, "--out", "\(folder.url.path)/\(out)", "--log",
      "\(folder.url.path)/\(out)/log.csv",
    ]
  }
  let whole = try Program.digitlab.run(arguments("whole"))
  #expect(whole.status == 0, "\(whole.errors)")
  #expect(whole.output.contains("Training large-strides: 256 images"))
  let files = ["ensemble.json", "ensemble.safetensors", "log-1.csv", "log-2.csv", "log-3.csv"]
  let out = folder.path("whole")
  #expect(try FileManager.default.contentsOfDirectory(atPath: out).sorted() == files)

  // What a first member that is done leaves behind, as if it had been interrupted then.
  let process = Program.digitlab.process(arguments("broken"))
  process.currentDirectoryURL = Program.root
  process.standardOutput = FileHandle.nullDevice
  process.standardError = FileHandle.nullDevice
  try process.run()
  let second = folder.path("broken/ensemble.large-window.checkpoint")
  while !FileManager.default.fileExists(atPath: second), process.isRunning { usleep(1_000) }
  process.interrupt()
  process.waitUntilExit()
  let other = try Program.digitlab.run(arguments("broken") + ["--seed", "5", "--resume"])
  #expect(other.status == 1)
  #expect(other.errors.contains("the checkpoint is of another training"))
  let resumed = try Program.digitlab.run(arguments("broken") + ["--resume"])
  #expect(resumed.status == 0, "\(resumed.errors)")
  #expect(!resumed.output.contains("Training small-windows"))
  #expect(
    try FileManager.default.contentsOfDirectory(atPath: folder.path("broken")).sorted() == files)
  let weights = try ["whole", "broken"].map {
    try Data(contentsOf: URL(filePath: folder.path("\($0)/ensemble.safetensors")))
  }
  #expect(weights[0] == weights[1])
}
