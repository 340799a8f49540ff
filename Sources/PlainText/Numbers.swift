import Foundation

/// A number with so many decimals.
package func fixed(_ value: Double, _ decimals: Int) -> String {
  value.formatted(
    .number.precision(.fractionLength(decimals)).grouping(.never)
      .locale(Locale(identifier: "en_US_POSIX")))
}

/// A part of one as "98.57 %".
package func percent(_ part: Double) -> String { "\(fixed(100 * part, 2)) %" }

/// A bar of up to 30 columns for a part of one, in eighths of a column.
package func bar(_ part: Double) -> String {
  let eighths = part.isNaN ? 0 : Int((min(max(part, 0), 1) * 30 * 8).rounded())
  let rests = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
  return String(repeating: "█", count: eighths / 8) + rests[eighths % 8]
}
