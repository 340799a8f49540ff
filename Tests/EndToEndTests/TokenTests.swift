import CertificateFixtures
import DigitFiles
import Foundation
import Glibc
import Testing

/// Tokens and certificates as an operator keeps them.
@Suite(.timeLimit(.minutes(3))) struct TokenTests {
  private let folder: TemporaryFolder
  private let models: String

  init() throws {
    folder = try TemporaryFolder()
    let url = folder.url.appending(path: "models")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      at: Program.root.appending(path: "Models/mlp-50-50.safetensors"),
      to: url.appending(path: "mlp-50-50.safetensors"))
    models = url.path
  }

  @discardableResult
  private func write(_ name: String, _ text: String, mode: Int = 0o600) throws -> String {
    let path = folder.path(name)
    try Data(text.utf8).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    return path
  }

  private func line(_ name: String, _ scopes: String) -> String {
    "\(name) \(scopes) \(SHA256.hexDigest(of: "token of \(name)".utf8))\n"
  }

  private func ask(_ verb: String, _ server: RunningServer, as name: String) throws
    -> Program.Outcome
  {
    let file = try write("\(name).token", "token of \(name)\n")
    return try Program.digitctl.run(
      [verb, "--server", server.address, "--token-file", file]
        + (verb == "predict" ? ["--index", "1"] : []))
  }

  @Test func `each token does what it is for, until the list is read anew`() throws {
    let list = try write("tokens", line("alice", "predict") + line("bob", "stats"))
    let server = try RunningServer(models: models, arguments: ["--tokens", list])
    #expect(try ask("predict", server, as: "alice").status == 0)
    #expect(try ask("stats", server, as: "bob").status == 0)
    let denied = try ask("stats", server, as: "alice")
    #expect(denied.status == 1)
    #expect(
      denied.errors.contains(
        "PERMISSION_DENIED: expected a token with the scope stats for STATS, got one with predict"))
    let unknown = try ask("predict", server, as: "mallory")
    #expect(unknown.errors.contains("UNAUTHENTICATED: expected a token that this server knows"))
    server.waitUntilLogged("token refused connection=")
    try write("tokens", line("mallory", "predict"))
    kill(server.processID, SIGHUP)
    server.waitUntilLogged("tokens loaded count=1")
    #expect(try ask("predict", server, as: "mallory").status == 0)
    #expect(try ask("predict", server, as: "alice").status == 1)
    try write("tokens", "nonsense")
    kill(server.processID, SIGHUP)
    server.waitUntilLogged("tokens not reloaded why=")
    #expect(try ask("predict", server, as: "mallory").status == 0)
    #expect(server.stop() == 0)
  }

  @Test(arguments: ["--tokens", "--token-file"])
  func `a file that others may write is refused`(option: String) throws {
    let list = try write("tokens", line("alice", "predict"), mode: 0o664)
    let outcome = try Program.digitd.run(
      "--listen", "127.0.0.1:0", "--models", models, option, list)
    #expect(outcome.status == 2)
    #expect(
      outcome.errors.contains(
        "expected '\(list)', named by \(option), to be writable by its owner alone, got mode 664"),
      "\(outcome.errors)")
  }

  @Test func `a list that is wrong is refused with its line`() throws {
    let list = try write("tokens", "# mine\nalice everything x\n")
    let outcome = try Program.digitd.run(
      "--listen", "127.0.0.1:0", "--models", models, "--tokens", list)
    #expect(outcome.status == 2)
    #expect(
      outcome.errors.contains(
        "'\(list)', named by --tokens, line 2: expected scopes such as predict,stats,admin"),
      "\(outcome.errors)")
  }

  @Test(arguments: [
    ["--listen", "0.0.0.0:0"], ["--listen", "[::]:0"],
    ["--listen", "127.0.0.1:0", "--http", "0.0.0.0:0"], ["--listen", "digits.example:0"],
  ])
  func `beyond this machine digitd listens with TLS only, or where told to`(
    _ arguments: [String]
  ) throws {
    let refused = try Program.digitd.run(arguments + ["--models", models])
    #expect(refused.status == 2)
    #expect(
      refused.errors.contains("where other machines can connect, got none; --insecure listens"),
      "\(refused.errors)")
  }

  @Test func `what is said to be insecure listens`() throws {
    let server = try RunningServer(
      models: models, arguments: ["--listen", "0.0.0.0:0", "--insecure"])
    #expect(server.addresses.count == 2)
    #expect(server.stop() == 0)
  }

  @Test func `a Unix socket lets the users in that are named, with the mode that is set`() throws {
    let path = folder.path("socket")
    let mine = String(getuid())
    let server = try RunningServer(
      models: models,
      arguments: ["--listen", "unix:\(path)", "--unix-mode", "600", "--unix-user", mine])
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    #expect(try Program.digitctl.run("ping", "--server", "unix:\(path)").status == 0)
    #expect(server.stop() == 0)
  }

  @Test func `a Unix socket refuses a user that is not named`() throws {
    let path = folder.path("socket")
    let server = try RunningServer(
      models: models,
      arguments: ["--listen", "unix:\(path)", "--unix-user", String(getuid() + 1)])
    let outcome = try Program.digitctl.run("ping", "--server", "unix:\(path)")
    #expect(outcome.status == 1)
    server.waitUntilLogged("expected a user who may connect here, got user \(getuid())")
    #expect(server.stop() == 0)
  }

  @Test func `a certificate is read anew, for those who come then`() throws {
    let authority = try TestAuthority()
    let (old, renewed) = try (
      authority.identity("old", hosts: "DNS:old.example"), authority.identity("renewed")
    )
    let server = try RunningServer(
      models: models, arguments: ["--tls-cert", old.certificate, "--tls-key", old.key])
    let arguments = ["ping", "--server", server.address, "--tls-ca", authority.certificate]
    #expect(try Program.digitctl.run(arguments).status == 1)
    for (from, to) in [(renewed.certificate, old.certificate), (renewed.key, old.key)] {
      try Data(contentsOf: URL(filePath: from)).write(to: URL(filePath: to))
    }
    kill(server.processID, SIGHUP)
    let end = ContinuousClock.now + .seconds(60)
    while server.log.matches(of: /certificate loaded/).count < 2, ContinuousClock.now < end {
      usleep(10_000)
    }
    #expect(try Program.digitctl.run(arguments).status == 0)
    #expect(server.stop() == 0)
  }
}
