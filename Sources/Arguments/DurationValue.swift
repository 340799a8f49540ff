/// Durations are a number and a unit: 250us, 1.5ms, 30s, 5m, 2h. The unit is never implied.
extension Duration: ArgumentValue {
  package static var kind: String { "a duration" }
  package static var expectation: String { "\(kindInRange), such as 250ms" }
  package static var kindInRange: String { "\(kind) with its unit (ns, us, ms, s, m or h)" }

  package init?(argument: String) {
    let digits = argument.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard let number = Double(digits), number.isFinite,
      let unit = Self.units.first(where: { $0.name == argument.dropFirst(digits.count) })
    else { return nil }
    let nanoseconds = number * Double(unit.nanoseconds)
    guard nanoseconds <= Double(Int64.max / 2) else { return nil }
    self = .nanoseconds(Int64(nanoseconds + 0.5))
  }

  /// In the largest unit that leaves a whole number.
  package var argument: String {
    let (seconds, attoseconds) = components
    let nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    guard nanoseconds != 0 else { return "0s" }
    let unit = Self.units.last { nanoseconds % $0.nanoseconds == 0 }
    guard let unit else { return "\(nanoseconds)ns" }
    return "\(nanoseconds / unit.nanoseconds)\(unit.name)"
  }

  private static var units: [(name: String, nanoseconds: Int64)] {
    [
      ("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000),
      ("m", 60_000_000_000), ("h", 3_600_000_000_000),
    ]
  }
}
