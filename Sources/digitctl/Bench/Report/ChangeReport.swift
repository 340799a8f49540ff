import DigitLoad
import Measure
import PlainText

/// How much a figure changed, as `--pair` and `compare` report it.
struct ChangeReport: Encodable {
  let figure: String
  /// Fractions of the first server's figure: 0.03 is 3 % more.
  let change: Double
  let low: Double
  let high: Double
  let isWorse: Bool
  let isBetter: Bool

  enum CodingKeys: String, CodingKey {
    case figure, change, low, high
    case isWorse = "worse"
    case isBetter = "better"
  }

  init(_ change: PairedComparison.Change, tolerance: Double) {
    figure = change.figure.rawValue
    // Nothing falls by more than all of it.
    self.change = max(change.estimate, -1)
    low = max(change.low, -1)
    high = max(change.high, -1)
    isWorse = change.isWorse(beyond: tolerance)
    isBetter = change.isBetter(beyond: tolerance)
  }

  static func table(_ changes: [ChangeReport]) -> String {
    let missing =
      changes.count < PairedComparison.Figure.allCases.count
      ? "\nA missing figure needs \(BlockBootstrap.countMin) windows with answers of each server."
      : ""
    return PlainText.table(
      [["FIGURE", "CHANGE", "95 % INTERVAL", ""]]
        + changes.map {
          [
            $0.figure, signed($0.change), "\(signed($0.low)) to \(signed($0.high))",
            $0.isWorse ? "worse" : $0.isBetter ? "better" : "",
          ]
        }) + missing
  }

  /// What the changes come to, in a sentence or two.
  static func verdict(_ changes: [ChangeReport], tolerance: Double) -> String {
    guard !changes.isEmpty else { return "Nothing can be compared." }
    let bound = "beyond \(percent(tolerance))"
    if changes.contains(where: \.isWorse) { return "The second is worse, \(bound)." }
    if changes.contains(where: \.isBetter) { return "The second is better, \(bound)." }
    let hidden = changes.flatMap { [abs($0.low), abs($0.high)] }.max() ?? 0
    return "No difference \(bound)."
      + (hidden > tolerance
        ? " One of up to \(percent(hidden)) would not show: use more or longer windows." : "")
  }

  private static func signed(_ fraction: Double) -> String {
    (fraction < 0 ? "" : "+") + percent(fraction)
  }
}
