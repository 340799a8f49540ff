/// When recorded requests began: one offset a line, in seconds from the first moment, in rising
/// order. Empty lines and those that begin with # are passed over.
package enum TraceFile {
  package struct BadLine: Error, Equatable, CustomStringConvertible {
    /// From 1; 0 is the file as a whole.
    package let number: Int
    package let reason: String

    package var description: String { number > 0 ? "line \(number): \(reason)" : reason }
  }

  /// Far beyond any trace, and below what nanoseconds hold.
  private static let secondsMax = 1e9

  /// In nanoseconds.
  package static func offsets(_ text: String) throws(BadLine) -> [UInt64] {
    var offsets: [UInt64] = []
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, line) in lines.enumerated() {
      let word = line.drop { $0 == " " || $0 == "\t" }
      guard !word.isEmpty, word.first != "#" else { continue }
      guard let seconds = Double(word), (0...secondsMax).contains(seconds) else {
        throw BadLine(
          number: index + 1, reason: "expected seconds from the start, got '\(line)'")
      }
      let offset = UInt64((seconds * 1e9).rounded())
      if let last = offsets.last, offset < last {
        throw BadLine(
          number: index + 1, reason: "expected no less than \(Double(last) / 1e9), got \(seconds)")
      }
      offsets.append(offset)
    }
    guard !offsets.isEmpty else {
      throw BadLine(number: 0, reason: "expected one offset at least, got none")
    }
    return offsets
  }
}
