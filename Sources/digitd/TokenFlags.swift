import Arguments
import DigitServer
import FileAccess
import Foundation
import ProgramShell

/// digitd's options for who may come in.
struct TokenFlags {
  /// Holds the one token itself.
  var file: String?
  /// Holds names, scopes and hashes.
  var list: String?

  static var parameters: [Parameter<Flags>] {
    [
      .option(
        "--token-file", into: \.tokens.file, value: "FILE",
        help: "Require the token in this file from clients; it may do everything."),
      .option(
        "--tokens", into: \.tokens.list, value: "FILE",
        help:
          "Require one of the tokens of this file from clients. A line for each: its name, what "
          + "it is good for (predict, stats, admin, joined by commas), its SHA-256 in hex digits."),
    ]
  }

  /// Reads the files.
  /// - Returns: nil where no token is wanted.
  /// - Throws: `Failure` where a file cannot be used, or others may write it.
  func load() throws(Failure) -> TokenList? {
    guard file != nil || list != nil else { return nil }
    var tokens = TokenList()
    if let file {
      try refuseWritable(file, "--token-file")
      tokens = TokenList(token: try TokenFile.read(file))
    }
    if let list { try add(list, to: &tokens) }
    return tokens
  }

  private func add(_ path: String, to tokens: inout TokenList) throws(Failure) {
    try refuseWritable(path, "--tokens")
    let bytes: [UInt8]
    do {
      bytes = try InputFile.read(path, limit: TokenList.fileByteCountMax)
    } catch {
      throw Failure("cannot read '\(path)', named by --tokens: \(error.reason)")
    }
    do {
      try tokens.add(linesOf: bytes)
    } catch {
      throw Failure("'\(path)', named by --tokens, \(error)")
    }
    guard tokens.count > 0 else {
      throw Failure("expected a token in '\(path)', named by --tokens, got none")
    }
  }

  /// Whoever may write the file may let anybody in.
  private func refuseWritable(_ path: String, _ option: String) throws(Failure) {
    let real = URL(filePath: path).resolvingSymlinksInPath().path
    let status = try? FileManager.default.attributesOfItem(atPath: real)
    guard status?[.type] as? FileAttributeType == .typeRegular,
      let mode = status?[.posixPermissions] as? Int, mode & 0o022 != 0
    else { return }
    throw Failure(
      "expected '\(path)', named by \(option), to be writable by its owner alone, got mode "
        + "\(String(mode, radix: 8)): use 'chmod go-w \(path)'")
  }
}
