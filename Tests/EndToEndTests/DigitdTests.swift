import Foundation
import Testing

/// The server as a process: how it starts, refuses to start, and ends.
@Suite(.timeLimit(.minutes(1))) struct DigitdTests {
  private static let shipped = Program.root.appending(path: "Models").path

  @Test(arguments: [
    (["--models", "/nowhere"], "cannot read the model folder '/nowhere'"),
    (["--listen", "7311"], "expected HOST:PORT"),
    (["--listen", "::1:7311"], "expected HOST:PORT"),
    (["--batch", "257"], "expected an integer from 1 to 256"),
    (["--workers", "0"], "expected an integer from 1 to"),
    (["--workres", "2"], "did you mean --workers?"),
    (["--default-model", "cnn-82"], "to name one of cascade, cnn-28, cnn-32-64, cnn-32-64-tanh, "),
    (["--precision", "fp16"], "expected f32, bf16 or int8, alone or after NAME=, got 'fp16'"),
    (["--precision", "cnn-28=int4"], "expected f32, bf16 or int8, alone or after NAME=, got"),
    (
      ["--precision", "int8", "--precision", "cnn-82=f32"],
      "expected --precision to name one of cascade, cnn-28, cnn-32-64, cnn-32-64-tanh, "
    ),
    (["--token-file", "/nowhere"], "cannot read the token file"),
  ])
  func `what cannot be served is said in a sentence, with status 2`(
    arguments: [String], sentence: String
  ) throws {
    let outcome = try Program.digitd.run(arguments)
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
  }

  @Test(arguments: [Program.digitd, .digitlab])
  func `an instruction set that nobody knows is refused with status 2`(program: Program) throws {
    let arguments = program.name == "digitlab" ? ["evaluate", "--model", "mlp-50-50"] : []
    let outcome = try program.run(arguments, environment: ["DIGITS_ISA": "sse9"])
    #expect(outcome.status == 2)
    #expect(outcome.errors.hasPrefix("\(program.name): expected DIGITS_ISA to be one of baseline"))
    #expect(outcome.errors.hasSuffix("got 'sse9'\n"))
    #expect(outcome.output.isEmpty)
  }

  @Test func `the log says which instruction set was forced`() throws {
    let server = try RunningServer(models: Self.shipped, environment: ["DIGITS_ISA": "baseline"])
    #expect(server.log.contains("isa=baseline"), "\(server.log)")
    #expect(server.stop() == 0)
  }

  @Test func `pinned workers stay on their processors`() throws {
    let server = try RunningServer(
      models: Self.shipped, arguments: ["--pin-workers", "--workers", "3"])
    let allowed = try processors(of: "/proc/self/status")
    let threads = "/proc/\(server.processID)/task"
    let all = try FileManager.default.contentsOfDirectory(atPath: threads).map { thread in
      try processors(of: "\(threads)/\(thread)/status")
    }
    #expect(server.log.contains("workers pinned processors="), "\(server.log)")
    if allowed.count > 1 {
      let pinned = all.filter { $0.count == 1 }
      #expect(pinned.count == 3)
      #expect(Set(pinned.flatMap(\.self)).count == min(3, allowed.count))
    }
    #expect(server.stop() == 0)
  }

  /// What "Cpus_allowed_list:\t0-2,5" lists.
  private func processors(of status: String) throws -> [Int] {
    let text = try String(contentsOfFile: status, encoding: .utf8)
    let line = try #require(
      text.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") })
    return try line.dropFirst("Cpus_allowed_list:\t".count).split(separator: ",").flatMap { part in
      let ends = try part.split(separator: "-").map { try #require(Int($0)) }
      return Array(ends[0]...ends[ends.count - 1])
    }
  }

  @Test func `a folder without models, or with a broken one, is refused`() throws {
    let folder = try TemporaryFolder()
    let empty = try Program.digitd.run("--models", folder.path(""))
    #expect(empty.status == 2)
    #expect(empty.errors.contains("expected at least one .safetensors file"))
    try Data("not a model".utf8).write(to: folder.url.appending(path: "bad.safetensors"))
    let broken = try Program.digitd.run("--models", folder.path(""))
    #expect(broken.status == 2)
    #expect(broken.errors.contains("bad.safetensors"))
  }

  @Test func `a model that is not calibrated is refused in int8, and served in f32`() throws {
    let folder = try TemporaryFolder()
    let file = folder.path("plain.safetensors")
    try FileManager.default.copyItem(
      at: Program.root.appending(path: "Tests/Data/models/every-layer.safetensors"),
      to: URL(filePath: file))
    for value in ["int8", "plain=int8"] {
      let refused = try Program.digitd.run("--models", folder.url.path, "--precision", value)
      #expect(refused.status == 2)
      let sentence =
        "digitd: cannot serve '\(file)' in int8: it is not calibrated for that; calibrate it with "
        + "'digitlab calibrate', or serve it in f32 with --precision plain=f32\n"
      #expect(refused.errors == sentence)
      #expect(refused.output.isEmpty)
    }
    let server = try RunningServer(
      models: folder.url.path, arguments: ["--precision", "plain=f32", "--precision", "int8"])
    #expect(server.log.contains("model loaded name=plain version=1 precision=f32 "))
    #expect(!server.log.contains("WARNING"), "\(server.log)")
    #expect(server.stop() == 0)
  }

  @Test func `a model whose name does not fit the protocol is refused`() throws {
    let folder = try TemporaryFolder()
    let name = String(repeating: "a", count: 65)
    try FileManager.default.copyItem(
      at: Program.root.appending(path: "Models/mlp-50-50.safetensors"),
      to: folder.url.appending(path: "\(name).safetensors"))
    let outcome = try Program.digitd.run("--models", folder.path(""))
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("expected a name of 1 to 64 bytes, got 65"))
  }

  @Test func `a log that cannot be written stops nothing`() throws {
    let folder = try TemporaryFolder()
    let address = "unix:\(folder.path("digits.sock"))"
    let server = Program.digitd.process(["--listen", address, "--models", Self.shipped])
    server.standardError = FileHandle(forWritingAtPath: "/dev/full")
    try server.run()
    defer { server.terminate() }
    while !FileManager.default.fileExists(atPath: folder.path("digits.sock")) {
      try #require(server.isRunning)
    }
    #expect(try Program.digitctl.run("ping", "--server", address, "--count", "1").status == 0)
    server.terminate()
    server.waitUntilExit()
    #expect(server.terminationReason == .exit && server.terminationStatus == 0)
  }

  @Test func `a host that nobody knows is named`() throws {
    let outcome = try Program.digitd.run("--insecure", "--listen", "no-such-host.invalid:0")
    #expect(outcome.status == 1)
    let last = outcome.errors.split(separator: "\n").last
    #expect(last?.contains("cannot listen on no-such-host.invalid:0") == true, "\(outcome.errors)")
  }

  @Test func `a port in use is named`() throws {
    let server = try RunningServer(models: Self.shipped)
    let second = try Program.digitd.run("--models", Self.shipped, "--listen", server.address)
    // Not 2: it may be free the next time.
    #expect(second.status == 1)
    #expect(second.errors.contains("cannot listen on \(server.address): it is in use"))
    #expect(server.stop() == 0)
  }

  @Test(arguments: [["--help"], ["--version"]])
  func `help and version go to standard output`(arguments: [String]) throws {
    let outcome = try Program.digitd.run(arguments)
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("digitd") && outcome.errors.isEmpty)
    #expect(arguments == ["--version"] || outcome.output.contains("unix:PATH"))
  }

  @Test func `IPv6 serves as IPv4 does`() throws {
    let server = try RunningServer(
      models: Self.shipped, arguments: ["--listen", "[::1]:0", "--log-level", "info"])
    #expect(server.addresses.count == 2)
    for address in server.addresses {
      let outcome = try Program.digitctl.run("ping", "--server", address)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    #expect(server.stop() == 0)
  }

  /// Whatever the moment: the client's images are answered, or it hears that they are not.
  @Test(arguments: [20, 60, 150])
  func `a stop in the middle of an evaluation ends both in order`(milliseconds: Int) throws {
    let server = try RunningServer(models: Self.shipped)
    let client = Program.digitctl.process([
      "evaluate", "--server", server.address, "--model", "cnn-28", "--batch", "1", "--json",
    ])
    let folder = try TemporaryFolder()
    let files = ["output", "errors"].map { folder.url.appending(path: $0) }
    for file in files { try Data().write(to: file) }
    client.standardOutput = try FileHandle(forWritingTo: files[0])
    client.standardError = try FileHandle(forWritingTo: files[1])
    try client.run()
    usleep(UInt32(milliseconds * 1_000))
    #expect(server.stop() == 0)
    client.waitUntilExit()
    #expect(client.terminationReason == .exit)
    let errors = try String(contentsOf: files[1], encoding: .utf8)
    if client.terminationStatus == 0 {
      // It had its 10,000 answers before the stop.
      let output = try Data(contentsOf: files[0])
      let report = try JSONSerialization.jsonObject(with: output) as? [String: Any]
      let evaluation = try #require(report?["evaluation"] as? [String: Any])
      #expect(evaluation["images"] as? Int == 10_000)
    } else {
      #expect(client.terminationStatus == 1)
      #expect(errors.contains("digitctl"), "it fails without a word: \(errors)")
    }
  }
}
