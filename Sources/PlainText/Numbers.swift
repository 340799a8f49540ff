import Foundation

/// A number with so many decimals.
package func fixed(_ value: Double, _ decimals: Int) -> String {
  value.formatted(
    .number.precision(.fractionLength(decimals)).grouping(.never)
      .locale(Locale(identifier: "en_US_POSIX")))
}

/// A number of things: "1 epoch", "2 epochs".
package func counted(_ count: Int, _ noun: String) -> String {
  "\(count) \(noun)\(count == 1 ? "" : "s")"
}

/// A fraction as "98.57 %".
package func percent(_ fraction: Double) -> String { "\(fixed(100 * fraction, 2)) %" }

/// A bar of up to 30 columns for a fraction, in eighths of a column.
package func bar(_ fraction: Double) -> String {
  let eighths = fraction.isNaN ? 0 : Int((min(max(fraction, 0), 1) * 30 * 8).rounded())
  let rests = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
  return String(repeating: "█", count: eighths / 8) + rests[eighths % 8]
}
