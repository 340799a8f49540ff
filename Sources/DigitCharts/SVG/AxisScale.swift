import Foundation
import PlainText

/// Where the values of an axis lie, and which of them are named.
struct AxisScale {
  let lower: Double
  let upper: Double
  let isLogarithmic: Bool
  private(set) var ticks: [Plot.Mark]

  /// - Parameters:
  ///   - values: what must have a place; on a logarithmic axis above 0.
  ///   - tickCountMax: at least 2.
  init(_ axis: Plot.Axis, values: [Double], tickCountMax: Int) {
    isLogarithmic = axis.isLogarithmic
    let least = axis.minimum ?? values.min() ?? min(1, (axis.maximum ?? 10) / 10)
    let most = axis.maximum ?? values.max() ?? least + 9
    var (lower, upper) = (least, max(most, least))
    if lower == upper {
      (lower, upper) = isLogarithmic ? (lower / 2, upper * 2) : (lower - 0.5, upper + 0.5)
    }
    let marks =
      isLogarithmic
      ? Self.logarithmic(&lower, &upper, axis, tickCountMax)
      : Self.linear(&lower, &upper, axis, tickCountMax)
    (self.lower, self.upper) = (lower, upper)
    ticks = axis.marks.isEmpty ? marks : axis.marks.filter { $0.value <= upper }
  }

  /// From 0 at the lower end to 1 at the upper; what lies beyond an end is put there.
  func position(_ value: Double) -> Double {
    let part =
      isLogarithmic
      ? (log10(max(value, .leastNormalMagnitude)) - log10(lower)) / (log10(upper) - log10(lower))
      : (value - lower) / (upper - lower)
    return min(max(part, 0), 1)
  }

  /// Marks at 1, 2 or 5 times a power of ten; ends that are not given are moved onto one.
  private static func linear(
    _ lower: inout Double, _ upper: inout Double, _ axis: Plot.Axis, _ tickCountMax: Int
  ) -> [Plot.Mark] {
    var step = niceStep(atLeast: (upper - lower) / Double(tickCountMax))
    if let wanted = axis.step { step = step <= wanted * 1.001 ? wanted : max(step, wanted) }
    if axis.minimum == nil { lower = (lower / step).rounded(.down) * step }
    if axis.maximum == nil { upper = (upper / step).rounded(.up) * step }
    let first = (lower / step - 1e-9).rounded(.up)
    let decimals = max(0, Int((-log10(step) - 1e-9).rounded(.up)))
    return (0...tickCountMax + 1).map { (first + Double($0)) * step }
      .filter { $0 <= upper + step * 1e-6 }
      .map { Plot.Mark($0, tickText($0, decimals: decimals)) }
  }

  private static func niceStep(atLeast least: Double) -> Double {
    let power = pow(10, log10(max(least, .leastNormalMagnitude)).rounded(.down))
    return [1, 2, 5, 10].map { $0 * power }.first { $0 >= least * 0.999 } ?? 10 * power
  }

  /// Marks at 1, 2 and 5 times each power of ten, or at powers of ten alone where they are many.
  private static func logarithmic(
    _ lower: inout Double, _ upper: inout Double, _ axis: Plot.Axis, _ tickCountMax: Int
  ) -> [Plot.Mark] {
    let powers = Int(log10(lower).rounded(.down))...Int(log10(upper).rounded(.up))
    let all = powers.flatMap { power in [1, 2, 5].map { $0 * pow(10, Double(power)) } }
    if axis.minimum == nil { lower = all.last { $0 <= lower * 1.001 } ?? lower }
    if axis.maximum == nil { upper = all.first { $0 >= upper * 0.999 } ?? upper }
    let (from, to) = (lower * 0.999, upper * 1.001)
    let isWithin = { (value: Double) in value >= from && value <= to }
    var values = all.filter(isWithin)
    var stride = 1
    while values.count > tickCountMax {
      values = powers.filter { ($0 - powers.lowerBound).isMultiple(of: stride) }
        .map { pow(10, Double($0)) }.filter(isWithin)
      stride += 1
    }
    return values.map { value in
      Plot.Mark(value, tickText(value, decimals: max(0, -Int(log10(value).rounded(.down)))))
    }
  }

  /// Thousands are set apart: "20,000".
  private static func tickText(_ value: Double, decimals: Int) -> String {
    let text = fixed(abs(value) < 1e-12 ? 0 : value, decimals)
    guard decimals == 0, abs(value) >= 1_000, abs(value) < 1e15 else { return text }
    let digits = Array(text.drop { $0 == "-" })
    let groups = digits.enumerated().map { index, digit in
      (digits.count - index).isMultiple(of: 3) && index > 0 ? ",\(digit)" : "\(digit)"
    }
    return (value < 0 ? "-" : "") + groups.joined()
  }
}
