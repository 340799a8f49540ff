import EventLoop

/// Wrong tokens by where they come from: the first few are answered at once, as a person mistypes,
/// and the others at a steady rate, however many connections they come over. A valid token has
/// nothing to do with it.
///
/// An address owes an interval for each wrong token, and pays by time; what it owes beyond the
/// burst is how long it waits (the generic cell rate algorithm).
package struct GuessLedger {
  /// What wrong tokens are allowed.
  package struct Terms: Equatable, Sendable {
    /// Answered at once.
    package var burst = 5
    /// Each further one.
    package var interval = Duration.seconds(1)
    /// No answer waits longer; shorter than the time for a handshake.
    package var delayMax = Duration.seconds(8)
    /// Addresses that are remembered.
    package var addressesMax = 4_096

    package init() {}
  }

  private let terms: Terms
  /// When an address has paid.
  private var paid: [String: Instant] = [:]

  package init(_ terms: Terms = Terms()) { self.terms = terms }

  package var addressCount: Int { paid.count }

  /// Counts a wrong token.
  /// - Returns: how long its answer has to wait.
  package mutating func guessed(from address: String, now: Instant) -> Duration {
    let account = account(of: address, now: now)
    let free = now.advanced(by: terms.interval * terms.burst)
    let latest = free.advanced(by: terms.delayMax)
    let due = max(paid[account] ?? now, now).advanced(by: terms.interval)
    paid[account] = min(due, latest)
    return .microseconds(Int64(min(due, latest).microseconds(since: free)))
  }

  /// Addresses that there is no room to remember share one account.
  private mutating func account(of address: String, now: Instant) -> String {
    guard paid[address] == nil, paid.count >= terms.addressesMax else { return address }
    paid = paid.filter { $0.value > now }
    return paid.count < terms.addressesMax ? address : ""
  }
}
