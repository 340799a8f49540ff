import Foundation
import ScriptedServers
import Testing

/// Every verb that reads files, with files that it should not be given.
@Suite(.serialized, .timeLimit(.minutes(5))) struct HostileFileTests {
  /// A command line in which FILE is the file, TRAINING is a folder of images to train on, LINKS
  /// one in which every name leads to the file, and OUT is for results.
  struct Reader: CustomTestStringConvertible {
    let program: Program
    let words: [String]
    /// What it takes for what it should be.
    var takes: Set<HostileFile> = []

    var testDescription: String { "\(program.name) \(words.joined(separator: " "))" }

    static func digitctl(_ words: String..., takes: Set<HostileFile> = []) -> Reader {
      Reader(program: .digitctl, words: words + ["--timeout", "500ms"], takes: takes)
    }

    static func digitlab(_ words: String..., takes: Set<HostileFile> = []) -> Reader {
      Reader(program: .digitlab, words: words, takes: takes)
    }
  }

  private static let tokens: Set<HostileFile> = [.text, .gif, .hugePicture]

  private static let ofDigitctl: [Reader] = [
    .digitctl("predict", "FILE", takes: [.largestPicture, .folder]),
    .digitctl("predict", "--many", "FILE", takes: [.largestPicture, .folder]),
    .digitctl("predict", "--index", "0", "--images", "FILE", "--labels", "FILE"),
    .digitctl("predict", "--index", "0", "--labels", "FILE"),
    .digitctl("predict", "--index", "0", "--token-file", "FILE", takes: tokens),
    .digitctl("evaluate", "--images", "FILE", "--labels", "FILE"),
    .digitctl("evaluate", "--labels", "FILE"),
    .digitctl("evaluate", "--limit", "9", "--token-file", "FILE", takes: tokens),
    .digitctl("bench", "--requests", "9", "--images", "FILE", "--labels", "FILE"),
    .digitctl("bench", "--requests", "9", "--warmup", "0s", "--trace", "FILE"),
    .digitctl("bench", "--requests", "9", "--token-file", "FILE", takes: tokens),
    .digitctl(
      "bench", "--find-max-rate", "--slo", "p99<1s", "--images", "FILE", "--labels", "FILE"),
    .digitctl("bench", "--sweep", "batch=1,2", "--images", "FILE", "--labels", "FILE"),
    .digitctl("ping", "--token-file", "FILE", takes: tokens),
    .digitctl("models", "--token-file", "FILE", takes: tokens),
    .digitctl("stats", "--token-file", "FILE", takes: tokens),
    // These two ask no server, and wait 10 s for a pipe.
    Reader(program: .digitctl, words: ["compare", "FILE", "FILE"]),
    Reader(program: .digitctl, words: ["merge", "FILE"]),
  ]

  private static let ofDigitlab: [Reader] = [
    .digitlab("evaluate", "--model", "tiny", "--images", "FILE", "--labels", "FILE"),
    .digitlab("evaluate", "--model", "FILE"),
    .digitlab("predict", "--index", "0", "--images", "FILE", "--labels", "FILE"),
    .digitlab("predict", "--index", "0", "--model", "FILE"),
    .digitlab("bench", "--seconds", "0.1", "--model", "FILE"),
    .digitlab("bench", "--seconds", "0.1", "--model", "tiny", "--images", "FILE"),
    .digitlab("show", "--images", "FILE", "--labels", "FILE"),
    .digitlab("export", "--model", "FILE", "--onnx", "OUT/out.onnx"),
    .digitlab("calibrate", "--model", "FILE"),
    .digitlab("calibrate", "--model", "OUT/tiny.safetensors", "--data", "LINKS"),
    .digitlab("curves", "--out", "OUT", "FILE"),
    .digitlab("train", "--arch", "tiny", "--epochs", "1", "--data", "LINKS", "--out", "OUT/a"),
    .digitlab(
      "train", "--arch", "tiny", "--epochs", "1", "--train-limit", "50", "--data", "TRAINING",
      "--out", "OUT/b", "--teacher", "FILE"),
    .digitlab(
      "train", "--arch", "tiny", "--epochs", "1", "--train-limit", "50", "--data", "TRAINING",
      "--out", "LINKS", "--resume"),
    .digitlab("zoo", "--only", "tiny", "--data", "LINKS", "--out", "OUT/zoo"),
  ]

  private let folder: TemporaryFolder
  private let training: TemporaryFolder
  private let server: HostileServer

  init() throws {
    folder = try TemporaryFolder()
    training = try TemporaryFolder.withShippedTrainingImages()
    // It answers all that the verbs ask, lest they fail for another reason.
    server = try HostileServer { peer in
      while let frame = peer.receive(), peer.send(evenAnswer(to: frame)) {}
    }
  }

  @Test(arguments: HostileFile.allCases)
  func `no file makes a verb of digitctl wait beyond its time-out, or grow`(
    _ file: HostileFile
  ) throws {
    try check(file, Self.ofDigitctl)
  }

  @Test(arguments: HostileFile.allCases)
  func `no file makes a verb of digitlab wait, or grow`(_ file: HostileFile) throws {
    try check(file, Self.ofDigitlab)
  }

  private func check(_ file: HostileFile, _ readers: [Reader]) throws {
    Array(readers.filter { !$0.takes.contains(file) }.enumerated()).forEachAtOnce {
      number, reader in
      do { try check(file, reader, number) } catch { Issue.record(error) }
    }
  }

  private func check(_ file: HostileFile, _ reader: Reader, _ number: Int) throws {
    guard let made = try file.make(in: folder, name: "\(number)") else { return }
    defer { made.stop() }
    let words = try words(of: reader, made.path, number)
    let hasTimeout = words.contains("--timeout")
    let isTalking = hasTimeout ? ["--server", server.address] : []
    let outcome = try reader.program.observe(
      words + isTalking, looksMax: hasTimeout ? 800 : 2_500)
    let name = "\(reader.testDescription) of a file that is \(file)"
    #expect(!outcome.wasKilled, "\(name) does not end")
    #expect(outcome.status == 1, "\(name) exits with \(outcome.status): \(outcome.output)")
    #expect(outcome.peakByteCount < 200 << 20, "\(name) takes \(outcome.peakByteCount) bytes")
    let errors = outcome.errors
    #expect(errors.split(separator: "\n").count == 1, "\(name) says: \(errors)")
    #expect(errors.hasPrefix(reader.program.name), "\(name) says: \(errors)")
    #expect(errors.contains(/expected|cannot|it is the input/), "\(name) says: \(errors)")
    #expect(errors.count < 600 + 2 * made.path.count, "\(name) says: \(errors)")
    #expect(!errors.contains(/NSCocoa|Error Domain|DecodingError/), "\(name) says: \(errors)")
  }

  private func words(of reader: Reader, _ path: String, _ number: Int) throws -> [String] {
    let links = folder.path("links-\(number)")
    let out = folder.path("out-\(number)")
    for folder in [links, out] { mkdir(folder, 0o777) }
    for kind in ["images-idx3", "labels-idx1"] {
      for set in ["train", "t10k"] { symlink(path, "\(links)/\(set)-\(kind)-ubyte") }
    }
    symlink(path, "\(links)/tiny.checkpoint")
    try? FileManager.default.copyItem(
      atPath: "\(Program.root.path)/Models/tiny.safetensors", toPath: "\(out)/tiny.safetensors")
    return reader.words.map { word in
      word.replacing("FILE", with: path).replacing("LINKS", with: links)
        .replacing("OUT", with: out).replacing("TRAINING", with: training.url.path)
    }
  }
}
