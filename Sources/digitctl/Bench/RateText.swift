import PlainText

/// A rate in at least three figures, without zeros that say nothing: "1234", "99.5", "0.5".
func rateText(_ perSecond: Double) -> String {
  let decimals = perSecond >= 99.95 ? 0 : perSecond >= 9.995 ? 1 : perSecond >= 0.995 ? 2 : 3
  let text = fixed(perSecond, decimals)
  guard text.contains(".") else { return text }
  let digits = String(text.reversed().drop { $0 == "0" }.reversed())
  return digits.hasSuffix(".") ? String(digits.dropLast()) : digits
}
