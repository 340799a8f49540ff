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
  #expect(first.output.contains("1 of 2: mlp-50-50\n"))
  #expect(first.output.contains("2 of 2: mlp-50-50-house-1\n"))
  let files = try FileManager.default.subpathsOfDirectory(atPath: out).sorted()
  #expect(
    files == [
      "README.md", "Runs", "Runs/mlp-50-50-house-1.json", "mlp-50-50.json",
      "mlp-50-50.safetensors",
    ])

  let table = try String(contentsOfFile: "\(out)/README.md", encoding: .utf8)
  let row = try #require(table.split(separator: "\n").first { $0.hasPrefix("| `mlp-50-50`") })
  let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
  #expect(cells[1...2] == ["42310", "0.08"])
  #expect(cells[3].hasSuffix("% (2)") && cells[3].contains(" ± "))
  #expect(cells[5...6] == ["–", "96.60 %"])

  let second = try Program.digitlab.run(arguments)
  #expect(second.output == "Wrote \(out)/README.md\n")
  try FileManager.default.removeItem(atPath: "\(out)/Runs/mlp-50-50-house-1.json")
  #expect(try Program.digitlab.run(arguments).output.contains("2 of 2: mlp-50-50-house-1\n"))
}

@Test func `an ensemble is trained member by member, goes on where it stopped, and is served`()
  throws
{
  let folder = try TemporaryFolder.withShippedTrainingImages()
  let out = "\(folder.url.path)/models"
  let arguments = [
    "train", "--arch", "ensemble", "--epochs", "1", "--train-limit", "256", "--data",
    folder.url.path, "--out", out, "--log", "\(out)/log.csv",
  ]
  let outcome = try Program.digitlab.run(arguments)
  #expect(outcome.status == 0, "\(outcome.errors)")
  for member in ["small-windows", "large-window", "large-strides"] {
    #expect(outcome.output.contains("Training \(member): 256 images"))
  }
  #expect(
    try FileManager.default.contentsOfDirectory(atPath: out).sorted() == [
      "ensemble.json", "ensemble.safetensors", "log-1.csv", "log-2.csv", "log-3.csv",
    ])
  let evaluation = try Program.digitlab.run(
    "evaluate", "--model", "ensemble", "--models", out, "--limit", "50")
  #expect(evaluation.status == 0, "\(evaluation.errors)")
}
