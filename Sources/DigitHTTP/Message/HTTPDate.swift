/// A moment as the header Date has it: "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, section 5.6.7).
///
/// The day is counted after Hinnant, "chrono-compatible low-level date algorithms" (2013).
/// - Parameter unixSeconds: from 1970 to 9999.
package func httpDate(unixSeconds: Int) -> String {
  let (days, seconds) = unixSeconds.quotientAndRemainder(dividingBy: 86_400)
  // Of a year that begins in March, so that the leap day is its last.
  let sinceMarch0 = days + 719_468
  let (era, dayOfEra) = sinceMarch0.quotientAndRemainder(dividingBy: 146_097)
  let yearOfEra =
    (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
  let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
  let monthFromMarch = (5 * dayOfYear + 2) / 153
  let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
  let month = (monthFromMarch + 2) % 12
  let year = yearOfEra + era * 400 + (month < 2 ? 1 : 0)
  let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
  let time = [seconds / 3_600, seconds / 60 % 60, seconds % 60].map(twoDigits)
  return "\(weekdays[days % 7]), \(twoDigits(day)) \(months[month]) \(year) "
    + "\(time.joined(separator: ":")) GMT"
}

private func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
