import DigitFiles
import Foundation
import Testing

private let digitlab = Program(name: "digitlab")

@Test(arguments: [
  ("mlp-50-50", 0.984), ("cnn-28", 0.989), ("cnn-32-64", 0.993), ("cnn-32-64-tanh", 0.992),
  ("cnn-vgg-bn", 0.995), ("ensemble", 0.9965), ("compact", 0.9955), ("tiny", 0.994),
  ("cascade", 0.996),
])
func `a shipped model reads the test set as its card says`(
  name: String, leastAccuracy: Double
) throws {
  struct Report: Decodable {
    var accuracy: Double
    var errorCount: Int
    var imageCount: Int
  }
  let card = try ShippedCard(of: name)
  let weights = try Data(
    contentsOf: Program.root.appending(path: "Models/\(name).safetensors"))
  #expect(SHA256.hexDigest(of: weights) == card.weightsSha256)

  #expect(card.precisions.keys.sorted() == ["bf16", "int8"])
  let narrow = card.precisions.map { ($0.key, $0.value.test, 4) }
  for (precision, test, tolerance) in [("f32", card.test, 2)] + narrow {
    // Five hundredths of a per cent.
    #expect(test.errorCount <= card.test.errorCount + 5)
    let outcome = try digitlab.run(
      "evaluate", "--model", name, "--precision", precision, "--data", "Tests/Data/mnist", "--json")
    #expect(outcome.status == 0)
    let report = try outcome.decode(Report.self)
    #expect(report.imageCount == 10_000)
    #expect(report.accuracy >= leastAccuracy)
    // Another instruction set adds in another order, which may turn a doubtful image; and some have
    // nothing but floats.
    #expect(abs(report.errorCount - test.errorCount) <= tolerance)
  }
}

@Test func `evaluate writes a label and ten probabilities for each image`() throws {
  let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  let predictions = folder.appending(path: "predictions")
  let probabilities = folder.appending(path: "probabilities")
  let outcome = try digitlab.run(
    "evaluate", "--model", "mlp-50-50", "--data", "Tests/Data/mnist", "--limit", "100",
    "--predictions", predictions.path, "--probabilities", probabilities.path)
  #expect(outcome.status == 0, "\(outcome.errors)")

  let lines = try String(contentsOf: predictions, encoding: .utf8).split(separator: "\n")
  let bytes = [UInt8](try Data(contentsOf: probabilities))
  try #require(lines.count == 100 && bytes.count == 100 * 10 * 4)
  for index in 0..<100 {
    let row = (0..<10).map { digit in
      let start = (index * 10 + digit) * 4
      return Float(
        bitPattern: bytes[start..<start + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
    }
    #expect(abs(row.reduce(0, +) - 1) < 1e-5)
    let best = try #require(row.indices.max { row[$0] < row[$1] })
    #expect(lines[index] == "\(index) \(best)")
  }
}

@Test func `missing training data names the command that fetches them`() throws {
  let outcome = try digitlab.run("train", "--data", "/nowhere")
  #expect(outcome.status == 1)
  #expect(
    outcome.errors
      == "digitlab: expected MNIST in /nowhere, but train-images-idx3-ubyte.gz is not there: "
      + "run ./dev fetch-mnist, or name another folder with --data\n")
}

@Test func `training on the test set under another name is refused`() throws {
  let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  for kind in ["images-idx3", "labels-idx1"] {
    try FileManager.default.copyItem(
      at: Program.root.appending(path: "Tests/Data/mnist/t10k-\(kind)-ubyte.gz"),
      to: folder.appending(path: "train-\(kind)-ubyte.gz"))
  }
  let outcome = try digitlab.run("train", "--data", folder.path, "--out", folder.path)
  #expect(outcome.status == 1)
  #expect(outcome.errors.contains("got 10000 of the MNIST test set"))
  #expect(!outcome.output.contains("epoch"))
}

@Test func `a model that is not there is answered with those that are`() throws {
  let outcome = try digitlab.run("evaluate", "--model", "cnn-82")
  #expect(outcome.status == 1)
  #expect(outcome.errors.contains("expected a model at Models/cnn-82.safetensors"))
  #expect(outcome.errors.contains("cnn-28"))
}

@Test func `a roofline says where the time goes`() throws {
  let outcome = try digitlab.run(
    [
      "bench", "--model", "compact", "--batch", "1,5", "--roofline", "--seconds", "0.05", "--json",
    ])
  #expect(outcome.status == 0, "\(outcome.errors)")
  let report = try #require(outcome.object)
  let peaks = try #require(report["peaks"] as? [String: Double])
  #expect(peaks["baseline"] != nil)
  let batches = try #require(report["batches"] as? [[String: Any]])
  #expect(batches.map { $0["batch"] as? Int } == [1, 5])
  for batch in batches {
    let steps = try #require(batch["steps"] as? [[String: Any]])
    #expect(
      steps.contains { ($0["step"] as? String)?.hasPrefix("convolution 5×5, 1 → 24") == true })
    let shares = steps.compactMap { $0["share"] as? Double }
    #expect(abs(shares.reduce(0, +) - 1) < 1e-9)
  }
  let table = try digitlab.run(
    ["bench", "--model", "mlp-50-50", "--batch", "1", "--roofline", "--seconds", "0.05"])
  #expect(table.output.contains("OF PEAK") && table.output.contains("dense 784 → 50"))
  let threads = try digitlab.run(
    ["bench", "--model", "mlp-50-50", "--roofline", "--threads", "2"])
  #expect(threads.status == 2 && threads.errors.contains("one thread"))
}

@Test func `bench times each batch size under the instruction set that was asked for`() throws {
  struct Report: Decodable {
    struct Result: Decodable {
      var batch: Int
      var imagesPerSecond: Double
      var microsecondsPerCall: Double
    }
    var instructionSet: String
    var threads: Int
    var results: [Result]
  }
  let outcome = try digitlab.run(
    [
      "bench", "--model", "mlp-50-50", "--batch", "1,5", "--threads", "2", "--seconds", "0.1",
      "--json",
    ], environment: ["DIGITS_ISA": "baseline"])
  #expect(outcome.status == 0, "\(outcome.errors)")
  let report = try outcome.decode(Report.self)
  #expect(report.instructionSet == "baseline" && report.threads == 2)
  #expect(report.results.map(\.batch) == [1, 5])
  for result in report.results {
    #expect(result.imagesPerSecond > 0)
    let images = result.imagesPerSecond * result.microsecondsPerCall / 2e6
    #expect(abs(images - Double(result.batch)) < 1e-6 * images)
  }
}

@Test func `without a model's name the folder's default reads`() throws {
  let folder = try TemporaryFolder()
  for name in ["mlp-50-50", "tiny"] {
    try FileManager.default.copyItem(
      at: Program.root.appending(path: "Models/\(name).safetensors"),
      to: URL(filePath: folder.path("\(name).safetensors")))
  }
  let index = URL(filePath: folder.path("models.json"))
  for (text, name) in [
    (#"{"default":"tiny","aliases":{}}"#, "tiny"), (#"{"default":"gone"}"#, "mlp-50-50"),
    ("no JSON", "mlp-50-50"),
  ] {
    try Data(text.utf8).write(to: index)
    let outcome = try digitlab.run(
      "predict", "--index", "8", "--data", "Tests/Data/mnist", "--models", folder.url.path)
    #expect(outcome.output.contains("\n\(name), compute "), "\(outcome.output)\(outcome.errors)")
  }
}

@Test(arguments: [
  (["train", "--epocs", "3"], 2, "did you mean --epochs?"),
  (["evaluate", "--model", "m", "--images", "i"], 2, "--images and --labels belong together"),
  (["train", "--arch", "vgg"], 2, "cnn-vgg-bn, ensemble, compact or tiny, got 'vgg'"),
  ([], 2, "expected a command: train, curves, evaluate, predict, bench, models"),
  (["predict"], 2, "expected --index or --random"),
  (["curves"], 2, "LOG.csv"),
  (["bench", "--model", "mlp-50-50", "--batch", "8,0"], 2, "such as 1,8,64, got '8,0'"),
])
func `a command line that is not understood ends with status two`(
  arguments: [String], status: Int32, message: String
) throws {
  let outcome = try digitlab.run(arguments)
  #expect(outcome.status == status)
  #expect(outcome.errors.contains(message))
  #expect(outcome.output.isEmpty)
}

@Test(arguments: [["--help"], ["--version"], ["train", "--help"], ["evaluate", "--version"]])
func `help and version go to standard output`(arguments: [String]) throws {
  let outcome = try digitlab.run(arguments)
  #expect(outcome.status == 0)
  #expect(!outcome.output.isEmpty)
  #expect(outcome.errors.isEmpty)
}
