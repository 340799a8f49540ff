import DigitWire
import FileAccess

/// Reads the token that a file holds.
package enum TokenFile {
  /// The file's bytes without trailing line ends; a pipe is read to its end, within the limit.
  /// - Parameters:
  ///   - source: what named the file: an option, or "environment variable NAME".
  ///   - patience: how long the writer of a pipe may take.
  /// - Throws: `Failure` where the file cannot be read, or holds no token of a length that the
  ///   protocol allows.
  package static func read(
    _ path: String, namedBy source: String = "--token-file",
    within patience: Duration = InputFile.patience
  ) throws(Failure) -> [UInt8] {
    let limit = ProtocolLimits.tokenByteCountMax
    var token: [UInt8]
    do {
      // With room for line ends, and far from what a device would give.
      token = try InputFile.read(path, limit: 4 * limit, patience: patience)
    } catch {
      throw Failure("cannot read the token file '\(path)', named by \(source): \(error.reason)")
    }
    while let last = token.last, last == 0x0A || last == 0x0D { token.removeLast() }
    guard (1...limit).contains(token.count) else {
      let got = token.count > limit ? "more" : "none"
      throw Failure(
        "expected a token of 1 to \(limit) bytes in '\(path)', named by \(source); got \(got)")
    }
    return token
  }
}
