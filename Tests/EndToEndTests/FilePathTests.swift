import Foundation
import ScriptedServers
import Testing

/// What stands at the name of an input or an output, for the programs as they are run.
@Suite(.timeLimit(.minutes(5))) struct FilePathTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("Models"), withDestinationPath: "\(Program.root.path)/Models")
    try FileManager.default.createDirectory(
      atPath: folder.path("Tests/Data"), withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("Tests/Data/mnist"),
      withDestinationPath: "\(Program.root.path)/Tests/Data/mnist")
  }

  private func digitlab(
    _ arguments: [String], shell: String? = nil
  ) throws -> Program.Outcome {
    try Program.digitlab.run(arguments, in: folder.url, shell: shell)
  }

  private func kind(_ name: String) -> mode_t {
    var status = stat()
    lstat(folder.path(name), &status)
    return status.st_mode & S_IFMT
  }

  private static let writers = [
    ["export", "--model", "tiny", "--onnx"],
    ["evaluate", "--model", "mlp-50-50", "--limit", "9", "--predictions"],
    ["evaluate", "--model", "mlp-50-50", "--limit", "9", "--probabilities"],
    ["show", "--index", "7", "--png"],
  ]

  @Test(arguments: writers)
  func `links, pipes and devices stay, and are written through`(writer: [String]) throws {
    let plain = try digitlab(writer + ["plain"])
    #expect(plain.status == 0, "\(plain.errors)")
    let content = try Data(contentsOf: folder.url.appending(path: "plain"))
    #expect(!content.isEmpty)

    try Data("old".utf8).write(to: folder.url.appending(path: "target"))
    symlink("target", folder.path("link"))
    #expect(try digitlab(writer + ["link"]).status == 0)
    #expect(kind("link") == S_IFLNK)
    #expect(try Data(contentsOf: folder.url.appending(path: "target")) == content)

    mkfifo(folder.path("pipe"), 0o666)
    let piped = try digitlab(writer + ["pipe"], shell: "cat pipe > copy & \"$0\" \"$@\"; wait")
    #expect(piped.status == 0, "\(piped.errors)")
    #expect(kind("pipe") == S_IFIFO)
    #expect(try Data(contentsOf: folder.url.appending(path: "copy")) == content)

    guard mknod(folder.path("full"), S_IFCHR | 0o666, dev_t(1 << 8 | 7)) == 0 else { return }
    let full = try digitlab(writer + ["full"])
    #expect(full.status == 1)
    #expect(full.errors.contains("cannot write full: the disk is full"), "\(full.errors)")
    #expect(kind("full") == S_IFCHR)
  }

  @Test(arguments: writers)
  func `a hyphen is standard output, and holds nothing else`(writer: [String]) throws {
    #expect(try digitlab(writer + ["plain"]).status == 0)
    let outcome = try digitlab(writer + ["-"], shell: "\"$0\" \"$@\" > out")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.path("-")))
    #expect(
      try Data(contentsOf: folder.url.appending(path: "out"))
        == Data(contentsOf: folder.url.appending(path: "plain")))
  }

  @Test func `an output that is an input is refused and left whole`() throws {
    for (name, source) in [
      ("m.safetensors", "Models/tiny.safetensors"),
      ("images", "Tests/Data/mnist/t10k-images-idx3-ubyte.gz"),
      ("labels", "Tests/Data/mnist/t10k-labels-idx1-ubyte.gz"),
    ] {
      try FileManager.default.copyItem(
        at: Program.root.appending(path: source), to: folder.url.appending(path: name))
    }
    let own = ["--images", "images", "--labels", "labels", "--limit", "5"]
    let cases = [
      ("m.safetensors", ["export", "--model", "./m.safetensors", "--onnx", "m.safetensors"]),
      ("labels", ["evaluate", "--model", "tiny", "--predictions", "labels"] + own),
      ("images", ["show", "--png", "images"] + own.dropLast(2)),
    ]
    for (name, arguments) in cases {
      let before = try Data(contentsOf: folder.url.appending(path: name))
      let outcome = try digitlab(arguments)
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains("it is the input"), "\(outcome.errors)")
      #expect(try Data(contentsOf: folder.url.appending(path: name)) == before)
    }
  }

  @Test(arguments: [
    ["evaluate", "--model", "tiny", "--labels", "labels", "--images"],
    ["evaluate", "--model", "tiny", "--images", "images", "--labels"],
    ["show", "--labels", "labels", "--images"], ["evaluate", "--model"], ["export", "--model"],
    ["bench", "--model"], ["bench", "--model", "tiny", "--images"], ["curves"],
  ])
  func `a device or a silent pipe as an input is refused in time`(arguments: [String]) throws {
    for name in ["images", "labels"] {
      try Data([0, 0, 8, 1, 0, 0, 0, 1, 3]).write(to: folder.url.appending(path: name))
    }
    mkfifo(folder.path("pipe"), 0o666)
    var names = ["./pipe"]
    if mknod(folder.path("zero"), S_IFCHR | 0o666, dev_t(1 << 8 | 5)) == 0 { names += ["./zero"] }
    for name in names {
      let outcome = try digitlab(arguments + [name], shell: "ulimit -v 3000000; \"$0\" \"$@\"")
      #expect(outcome.status == 1, "\(outcome.output)")
      #expect(outcome.errors.contains("expected"), "\(outcome.errors)")
      #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
    }
  }

  @Test(arguments: [
    ["evaluate", "--labels", "none", "--images"], ["predict"],
    ["predict", "--index", "0", "--labels", "none", "--images"],
    ["bench", "--labels", "none", "--images"],
    ["bench", "--sweep", "batch=1,2", "--labels", "none", "--images"],
    ["bench", "--find-max-rate", "--slo", "p99<1s", "--labels", "none", "--images"],
    ["bench", "--trace"], ["bench", "--token-file"], ["ping", "--token-file"],
  ])
  func `digitctl gives up a silent pipe after --timeout`(arguments: [String]) throws {
    let server = try HostileServer { peer in
      while let frame = peer.receive(), peer.send(evenAnswer(to: frame)) {}
    }
    mkfifo(folder.path("pipe"), 0o666)
    let outcome = try Program.digitctl.run(
      arguments + [folder.path("pipe"), "--server", server.address, "--timeout", "300ms"])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("expected the rest within 0.3 s"), "\(outcome.errors)")
  }

  @Test(arguments: [
    ["evaluate", "--limit", "9", "--predictions"],
    ["evaluate", "--limit", "9", "--probabilities"],
    ["bench", "--requests", "9", "--warmup", "0s", "--csv"],
  ])
  func `digitctl gives up a pipe that nobody reads after --timeout`(arguments: [String]) throws {
    let server = try HostileServer { peer in
      while let frame = peer.receive(), peer.send(evenAnswer(to: frame)) {}
    }
    mkfifo(folder.path("pipe"), 0o666)
    let outcome = try Program.digitctl.run(
      arguments + [folder.path("pipe"), "--server", server.address, "--timeout", "300ms"])
    #expect(outcome.status == 1)
    let expected = "expected a reader to open the pipe within 0.3 s"
    #expect(outcome.errors.contains(expected), "\(outcome.errors)")
    #expect(kind("pipe") == S_IFIFO)
  }

  @Test func `images and labels may come through pipes`() throws {
    let data = "Tests/Data/mnist"
    let outcome = try digitlab(
      ["evaluate", "--model", "mlp-50-50", "--limit", "50"],
      shell: "\"$0\" \"$@\" --images - --labels <(cat \(data)/t10k-labels-idx1-ubyte.gz) "
        + "< \(data)/t10k-images-idx3-ubyte.gz")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("of 50 right"), "\(outcome.output)")
  }

  @Test(arguments: [
    ("GIF89a\u{1}\u{0}\u{1}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}", "a GIF picture"),
    ("a shopping list: eggs, flour, butter\n", "a text file"), ("", "an empty file"),
    ("<!doctype html><title>404</title>", "an HTML page"),
  ])
  func `files of another kind are told by what they are`(content: String, name: String) throws {
    try Data(content.utf8).write(to: folder.url.appending(path: "x.safetensors"))
    let readers = [
      ["export", "--model", "./x.safetensors"],
      ["evaluate", "--model", "tiny", "--images", "x.safetensors", "--labels", "x.safetensors"],
    ]
    for reader in readers {
      let outcome = try digitlab(reader)
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains("got \(name)"), "\(outcome.errors)")
    }
  }
}
