import DigitWire
import Foundation

/// Reads the token that a file holds.
package enum TokenFile {
  /// The file's bytes without trailing line ends; a pipe is read to its end, within the limit.
  /// - Throws: `Failure` where the file cannot be read, or holds no token of a length that the
  ///   protocol allows.
  package static func read(_ path: String) throws(Failure) -> [UInt8] {
    let limit = ProtocolLimits.tokenByteCountMax
    // With room for one line end and a byte that shows that it is too long.
    guard var token = prefix(of: path, byteCountMax: limit + 3) else {
      throw Failure("cannot read the token file '\(path)'")
    }
    while let last = token.last, last == 0x0A || last == 0x0D { token.removeLast() }
    guard (1...limit).contains(token.count) else {
      let got = token.count > limit ? "more" : "none"
      throw Failure("expected a token of 1 to \(limit) bytes in '\(path)', got \(got)")
    }
    return token
  }

  /// Nil where the file cannot be read.
  private static func prefix(of path: String, byteCountMax: Int) -> [UInt8]? {
    guard let file = FileHandle(forReadingAtPath: path) else { return nil }
    var bytes: [UInt8] = []
    do {
      while bytes.count < byteCountMax,
        let data = try file.read(upToCount: byteCountMax - bytes.count), !data.isEmpty
      { bytes += data }
    } catch {
      return nil
    }
    return bytes
  }
}
