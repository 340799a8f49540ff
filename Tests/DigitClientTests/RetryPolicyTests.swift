import DigitClient
import DigitWire
import Testing

/// Draws the same part of `0..<1` every time: `Double.random` takes the low 53 bits.
struct FixedChance: RandomNumberGenerator {
  var part: Double
  mutating func next() -> UInt64 { UInt64(part * 9_007_199_254_740_991) }
}

struct RetryPolicyTests {
  private var policy = RetryPolicy(RetryOptions())
  private var chance = FixedChance(part: 0.5)

  private mutating func fail(
    _ failure: RetryPolicy.Failure, attempt: Int = 1, hasUntried: Bool = true
  ) -> RetryPolicy.Decision {
    policy.failed(failure, attempt: attempt, hasUntried: hasUntried, using: &chance)
  }

  @Test mutating func `what was not sent moves on at once and for nothing`() {
    for attempt in 1...7 { #expect(fail(.unsent, attempt: attempt) == .retry(after: .zero)) }
    #expect(policy.tokens == 10)
    #expect(fail(.unsent, attempt: 8) == .giveUp)
  }

  @Test mutating func `at half of the budget nothing is retried, and successes refill it`() {
    for _ in 0..<4 { #expect(fail(.serverFault) != .giveUp) }
    #expect(fail(.serverFault) == .giveUp)
    #expect(policy.tokens == 5)
    #expect(fail(.lost(isNews: false)) == .giveUp)
    for _ in 0..<11 { policy.succeeded() }
    #expect(fail(.lost(isNews: false)) == .retry(after: .zero))
  }

  @Test mutating func `the budget ends at ten tokens and at none`() {
    policy.succeeded()
    #expect(policy.tokens == 10)
    for _ in 0..<20 { _ = fail(.serverFault) }
    #expect(policy.tokens == 0)
  }

  @Test mutating func `a broken connection costs one token however many it takes along`() {
    #expect(fail(.lost(isNews: true)) == .retry(after: .zero))
    for _ in 0..<256 { #expect(fail(.lost(isNews: false)) == .retry(after: .zero)) }
    #expect(policy.tokens == 9)
  }

  @Test mutating func `only what is certainly unprocessed is retried where that is wanted`() {
    var options = RetryOptions()
    options.scope = .onlyUnprocessed
    policy = RetryPolicy(options)
    #expect(fail(.lost(isNews: true)) == .giveUp)
    #expect(fail(.serverFault) == .giveUp)
    #expect(fail(.unsent) == .retry(after: .zero))
    #expect(fail(.overload(retryAfter: .zero)) != .giveUp)
  }

  @Test(arguments: [(1, 10), (2, 20), (3, 40), (7, 640)])
  mutating func `pauses have full jitter under a limit that doubles`(attempt: Int, limit: Int) {
    for (part, expected) in [(0.0, 0.0), (0.5, 0.5), (1.0, 1.0)] {
      chance = FixedChance(part: part)
      guard case .retry(let pause) = fail(.unsent, attempt: attempt, hasUntried: false) else {
        Issue.record("expected a retry")
        continue
      }
      let share = pause / Duration.milliseconds(limit)
      #expect(abs(share - expected) < 0.001, "\(pause)")
    }
  }

  @Test mutating func `no pause is longer than the limit, or shorter than the server asks`() {
    chance = FixedChance(part: 1)
    var options = RetryOptions()
    options.attemptsMax = 100
    policy = RetryPolicy(options)
    guard case .retry(let pause) = fail(.unsent, attempt: 99, hasUntried: false) else {
      Issue.record("expected a retry")
      return
    }
    #expect(pause <= .seconds(1))
    chance = FixedChance(part: 0)
    #expect(fail(.overload(retryAfter: .seconds(3))) == .retry(after: .seconds(3)))
  }

  @Test(arguments: [
    (DigitClientError.connectFailed(address: "", reason: ""), RetryPolicy.Failure.unsent),
    (.serverLeaving(.shutdown), .unsent),
    (.connectionLost(processed: .no, reason: ""), .unsent),
    (.connectionLost(processed: .unknown, reason: ""), .lost(isNews: true)),
    (.refused(ErrorMessage(Refusal(.draining, ""))), .unsent),
    (
      .refused(ErrorMessage(Refusal(.overloaded, ""), retryAfterMilliseconds: 7)),
      .overload(retryAfter: .milliseconds(7))
    ),
    (.refused(ErrorMessage(Refusal(.internal, ""))), .serverFault),
    (.refused(ErrorMessage(Refusal(.badPixel, ""))), .final),
    (.timedOut(after: .seconds(1), processed: .no), .final),
    (.closed, .final),
  ])
  func `each error has its kind`(error: DigitClientError, failure: RetryPolicy.Failure) {
    #expect(RetryPolicy.Failure(error, isNews: true) == failure)
  }
}
