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

  /// Of the file: each two bytes may be an offset, which takes eight.
  package static let byteCountMax = 24 << 20
  /// Of a line that is shown.
  private static let shownCount = 40

  /// In nanoseconds.
  /// - Parameter text: UTF-8, of which a line at a time is looked at.
  package static func offsets(_ text: [UInt8]) throws(BadLine) -> [UInt64] {
    var offsets: [UInt64] = []
    offsets.reserveCapacity(text.reduce(1) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) })
    var number = 0
    var rest = text[...]
    while !rest.isEmpty {
      let line = rest.prefix { $0 != UInt8(ascii: "\n") }
      rest = rest.dropFirst(line.count + 1)
      number += 1
      guard let word = word(line) else { continue }
      guard let seconds = Double(word), (0...secondsMax).contains(seconds) else {
        throw BadLine(number: number, reason: "expected seconds from the start, got '\(word)'")
      }
      let offset = UInt64((seconds * 1e9).rounded())
      if let last = offsets.last, offset < last {
        throw BadLine(
          number: number, reason: "expected no less than \(Double(last) / 1e9), got \(seconds)")
      }
      offsets.append(offset)
    }
    guard !offsets.isEmpty else {
      throw BadLine(number: 0, reason: "expected one offset at least, got none")
    }
    return offsets
  }

  /// What a line says; nil where it is empty or begins with #.
  private static func word(_ line: ArraySlice<UInt8>) -> String? {
    let blanks = [UInt8(ascii: " "), UInt8(ascii: "\t")]
    let word = line.drop { blanks.contains($0) }
    guard let first = word.first, first != UInt8(ascii: "#"), first != UInt8(ascii: "\r") else {
      return nil
    }
    let shown = word.prefix(shownCount)
    let text = String(
      decoding: shown.last == UInt8(ascii: "\r") ? shown.dropLast() : shown, as: UTF8.self)
    return word.count > shownCount ? text + "…" : text
  }
}
