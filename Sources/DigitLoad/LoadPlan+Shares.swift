/// Which requests of a plan are one thread's: of an open loop every `count`-th, beginning with
/// number `index`.
package struct LoadShare: Equatable, Sendable {
  package private(set) var index = 0
  package private(set) var count = 1

  package init() {}

  package init(_ index: Int, of count: Int) { (self.index, self.count) = (index, count) }

  /// This share's part of a number: the parts differ by one at most and add up to it.
  func part(of whole: Int) -> Int { whole / count + (index < whole % count ? 1 : 0) }
}

extension LoadPlan {
  /// Plans that together are this one, each for one server: the first for the first of them.
  ///
  /// An open loop keeps its extent, for that is its schedule's; the requests of a closed one are
  /// divided.
  /// - Precondition: there are as many connections as shares, or more; and as many shares for one
  ///   server as for another.
  package func shares(_ count: Int) -> [LoadPlan] {
    precondition((1...connections).contains(count) && count.isMultiple(of: servers.count))
    return (0..<count).map { index in
      let share = LoadShare(index, of: count)
      var plan = self
      plan.share = share
      plan.server = servers[index % servers.count]
      plan.connections = share.part(of: connections)
      if case .random(let seed) = order { plan.order = .random(seed: seed &+ UInt64(index)) }
      guard case .closedLoop = pacing else { return plan }
      switch extent {
      case .time: break
      case .requests(let requests): plan.extent = .requests(share.part(of: requests))
      case .atLeast(let requests, let time):
        plan.extent = .atLeast(requests: share.part(of: requests), time: time)
      }
      return plan
    }
  }
}
