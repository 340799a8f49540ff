import Arguments
import DigitLoad

extension ArrivalSchedule.Spacing: ArgumentValue {}
extension Scenario: ArgumentValue {}

/// "100:5000:30s": from 100 to 5,000 requests a second over half a minute.
struct Ramp: ArgumentValue, Sendable {
  static let kind = "two rates and a duration, such as 100:5000:30s"

  let profile: RateProfile

  init?(argument: String) {
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 3, let from = Double(String(parts[0])),
      from == 0 || RateProfile.rates.contains(from),
      let to = Double(String(parts[1])), RateProfile.rates.contains(to),
      let duration = Duration(argument: String(parts[2])), duration > .zero
    else { return nil }
    profile = RateProfile(from: from, to: to, over: duration)
  }

  var argument: String {
    "\(profile.from.argument):\(profile.to.argument):\(profile.duration.argument)"
  }
}

extension ServiceLevel: ArgumentValue {
  package static var kind: String { "a bound such as p99<5ms, mean<1ms or max<100ms" }

  package init?(argument: String) {
    let parts = argument.split(separator: "<", omittingEmptySubsequences: false)
    guard parts.count == 2, let statistic = Statistic(parts[0]),
      let bound = Duration(argument: String(parts[1])), bound > .zero
    else { return nil }
    self.init(statistic, below: bound)
  }

  package var argument: String { "\(statistic)<\(bound.argument)" }
}

/// "concurrency=1,2,4": what a sweep changes, and its values.
struct SweepAxis: ArgumentValue, Sendable {
  enum Name: String, Sendable {
    /// Requests in flight, over all connections.
    case concurrency
    /// Requests a second of an open loop.
    case rate
    /// Images in a request.
    case batch
  }

  static let kind = "concurrency=N,N…, rate=R,R… or batch=N,N…"

  let name: Name
  let values: [Double]

  init?(argument: String) {
    let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
    guard parts.count == 2, let name = Name(rawValue: String(parts[0])) else { return nil }
    let texts = parts[1].split(separator: ",", omittingEmptySubsequences: false)
    let values = texts.compactMap { text -> Double? in
      name == .rate ? Double(String(text)) : Int(text).map(Double.init)
    }
    let range = name == .rate ? RateProfile.rates : 1...65_535
    guard !values.isEmpty, values.count == texts.count,
      values.allSatisfy({ range.contains($0) })
    else { return nil }
    self.name = name
    self.values = values
  }

  var argument: String { "\(name)=\(values.map(\.argument).joined(separator: ","))" }
}
