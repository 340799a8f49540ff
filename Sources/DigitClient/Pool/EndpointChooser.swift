import EventLoop

/// Which endpoint the next attempt goes to: the less busy of two drawn by chance.
///
/// Two choices keep the busiest endpoint nearly as idle as a full comparison would, without every
/// client running to the same one (Mitzenmacher, *The Power of Two Choices*, 2001).
package struct EndpointChooser {
  private struct Endpoint {
    var inFlight = 0
    var ejection = Ejection()
    /// The attempts to connect up to here have been counted as failures.
    var failedConnection = 0
  }

  private var endpoints: [Endpoint]

  /// - Precondition: at least one endpoint.
  package init(count: Int) {
    precondition(count > 0)
    endpoints = Array(repeating: Endpoint(), count: count)
  }

  package func inFlight(_ index: Int) -> Int { endpoints[index].inFlight }
  package func isEjected(_ index: Int, now: Instant) -> Bool {
    endpoints[index].ejection.isEjected(now: now)
  }

  /// Counts the attempt that is to begin; `ended` counts it out.
  ///
  /// Where every endpoint is ejected, the one whose time is up first is asked all the same.
  /// - Parameter tried: left out, unless nothing else is left.
  package mutating func choose(
    avoiding tried: Set<Int>, now: Instant, using random: inout some RandomNumberGenerator
  ) -> Int {
    let chosen = choice(avoiding: tried, now: now, using: &random)
    endpoints[chosen].inFlight += 1
    return chosen
  }

  private func choice(
    avoiding tried: Set<Int>, now: Instant, using random: inout some RandomNumberGenerator
  ) -> Int {
    let untried = endpoints.indices.filter { !tried.contains($0) }
    let pool = untried.isEmpty ? Array(endpoints.indices) : untried
    var candidates = pool.filter { !isEjected($0, now: now) }
    guard !candidates.isEmpty else {
      return pool.min { endpoints[$0].ejection.until! < endpoints[$1].ejection.until! }!
    }
    let first = candidates.remove(at: Int.random(in: candidates.indices, using: &random))
    guard let second = candidates.randomElement(using: &random) else { return first }
    return endpoints[second].inFlight < endpoints[first].inFlight ? second : first
  }

  package enum Ending: Equatable {
    case answered
    /// The connection of this number, which counts upwards for each endpoint, could not be made
    /// or broke. However many requests it takes along, it is one failure.
    case lostConnection(Int)
    /// The server's own failure.
    case failed
    /// Says nothing about the endpoint: it was cancelled, or refused for a reason of its own.
    case inconclusive
  }

  /// - Returns: whether this is the first that is heard of a failure.
  @discardableResult
  package mutating func ended(_ index: Int, _ ending: Ending, now: Instant) -> Bool {
    endpoints[index].inFlight -= 1
    switch ending {
    case .answered: endpoints[index].ejection.succeeded()
    case .inconclusive: break
    case .failed: endpoints[index].ejection.failed(now: now)
    case .lostConnection(let number):
      guard number > endpoints[index].failedConnection else { return false }
      endpoints[index].failedConnection = number
      endpoints[index].ejection.failed(now: now)
    }
    return ending != .answered && ending != .inconclusive
  }
}
