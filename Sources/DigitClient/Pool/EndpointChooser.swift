import EventLoop

/// Which endpoint the next attempt goes to: the less busy of two drawn by chance, and rather a
/// local one.
///
/// Two choices keep the busiest endpoint nearly as idle as a full comparison would, without every
/// client running to the same one (Mitzenmacher, *The Power of Two Choices*, 2001). Where some
/// endpoints are local, two of them are compared, two of the others, and then one with the other.
///
/// Endpoints come and go with what the names behind them stand for:
///
///     resolved ─► serving ◄─► leaving ─► gone: nothing is in flight, its connection may be closed
///                    └─────────────────►
package struct EndpointChooser {
  /// Of one endpoint, and never of another.
  package struct ID: Hashable, Sendable { fileprivate let number: Int }

  /// An address, and whether it is preferred to those that are not local.
  package struct Place: Equatable, Sendable {
    package let address: SocketAddress
    package let isLocal: Bool

    package init(_ address: SocketAddress, isLocal: Bool = false) {
      self.address = address
      self.isLocal = isLocal
    }
  }

  /// Of one name; more of them are left out.
  package static let endpointsPerNameMax = 1_024
  /// A local endpoint is much busier than another where it has more than this many times as many
  /// attempts in flight, and some more: a few at a time are no reason to go far.
  static let localFactor = 2
  static let localExtra = 4

  fileprivate enum Standing { case serving, leaving }

  fileprivate struct Endpoint {
    let id: ID
    let place: Place
    /// Which of the addresses that the pool was given it stands for.
    let origin: Int
    var standing = Standing.serving
    var inFlight = 0
    var ejection = Ejection()
    /// The attempts to connect up to here have been counted as failures.
    var failedConnection = 0
  }

  private var endpoints: [Endpoint] = []
  private var endpointCount = 0

  /// Without endpoints, until `resolved` brings some.
  package init() {}
}

// MARK: - Coming and going

extension EndpointChooser {
  package struct Change: Equatable {
    package var come: [Newcomer] = []
    /// Those of them that nothing is in flight to; of the others `ended` tells.
    package var gone: [ID] = []
  }

  package struct Newcomer: Equatable {
    package let id: ID
    package let address: SocketAddress
  }

  /// One of the addresses that the pool was given now stands for these. What is known of those that
  /// stay is kept.
  package mutating func resolved(_ origin: Int, to places: [Place]) -> Change {
    var change = Change()
    let places = places.prefix(Self.endpointsPerNameMax)
    let wanted = Set(places.map(\.address))
    var present: Set<SocketAddress> = []
    for index in endpoints.indices.reversed() where endpoints[index].origin == origin {
      if wanted.contains(endpoints[index].place.address) {
        endpoints[index].standing = .serving
        present.insert(endpoints[index].place.address)
      } else if endpoints[index].inFlight > 0 {
        endpoints[index].standing = .leaving
      } else {
        change.gone.append(endpoints.remove(at: index).id)
      }
    }
    for place in places where present.insert(place.address).inserted {
      endpointCount += 1
      let id = ID(number: endpointCount)
      endpoints.append(Endpoint(id: id, place: place, origin: origin))
      change.come.append(Newcomer(id: id, address: place.address))
    }
    return change
  }

  /// Whether the address that the pool was given stands for any endpoint.
  package func hasEndpoints(of origin: Int) -> Bool {
    endpoints.contains { $0.origin == origin && $0.standing == .serving }
  }

  /// Whether there is an endpoint that is not among these.
  package func hasOthers(than tried: Set<ID>) -> Bool {
    endpoints.contains { $0.standing == .serving && !tried.contains($0.id) }
  }

  /// 0 where it is gone.
  package func inFlight(_ id: ID) -> Int { index(of: id).map { endpoints[$0].inFlight } ?? 0 }

  package func isEjected(_ id: ID, now: Instant) -> Bool {
    index(of: id).map { endpoints[$0].ejection.isEjected(now: now) } ?? false
  }

  private func index(of id: ID) -> Int? { endpoints.firstIndex { $0.id == id } }
}

// MARK: - Attempts

extension EndpointChooser {
  /// Counts the attempt that is to begin; `ended` counts it out.
  ///
  /// Where every endpoint is ejected, the one whose time is up first is asked all the same.
  /// - Parameter tried: left out, unless nothing else is left.
  /// - Returns: nil where there is no endpoint yet.
  package mutating func choose(
    avoiding tried: Set<ID>, now: Instant, using random: inout some RandomNumberGenerator
  ) -> ID? {
    let serving = endpoints.indices.filter { endpoints[$0].standing == .serving }
    let untried = serving.filter { !tried.contains(endpoints[$0].id) }
    let candidates = untried.isEmpty ? serving : untried
    let chosen =
      healthy(of: candidates, now: now, using: &random)
      ?? candidates.min { endpoints[$0].ejection.until! < endpoints[$1].ejection.until! }
    guard let chosen else { return nil }
    endpoints[chosen].inFlight += 1
    return endpoints[chosen].id
  }

  private func healthy(
    of candidates: [Int], now: Instant, using random: inout some RandomNumberGenerator
  ) -> Int? {
    let healthy = candidates.filter { !endpoints[$0].ejection.isEjected(now: now) }
    let local = lessBusy(of: healthy.filter { endpoints[$0].place.isLocal }, using: &random)
    let other = lessBusy(of: healthy.filter { !endpoints[$0].place.isLocal }, using: &random)
    guard let local, let other else { return local ?? other }
    let bound = Self.localFactor * endpoints[other].inFlight + Self.localExtra
    return endpoints[local].inFlight > bound ? other : local
  }

  private func lessBusy(
    of candidates: [Int], using random: inout some RandomNumberGenerator
  ) -> Int? {
    guard !candidates.isEmpty else { return nil }
    var candidates = candidates
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

  /// What comes of the end of an attempt.
  package struct Aftermath: Equatable {
    /// Whether this is the first that is heard of a failure.
    package let isNews: Bool
    /// Whether the endpoint is gone now: its connection may be closed.
    package let isGone: Bool

    package init(isNews: Bool, isGone: Bool) { (self.isNews, self.isGone) = (isNews, isGone) }
  }

  /// - Precondition: `choose` has given out the endpoint for this attempt.
  @discardableResult
  package mutating func ended(_ id: ID, _ ending: Ending, now: Instant) -> Aftermath {
    let index = index(of: id)!
    let isNews = endpoints[index].ended(ending, now: now)
    let isGone = endpoints[index].standing == .leaving && endpoints[index].inFlight == 0
    if isGone { endpoints.remove(at: index) }
    return Aftermath(isNews: isNews, isGone: isGone)
  }
}

extension EndpointChooser.Endpoint {
  fileprivate mutating func ended(_ ending: EndpointChooser.Ending, now: Instant) -> Bool {
    inFlight -= 1
    switch ending {
    case .answered:
      ejection.succeeded()
      return false
    case .inconclusive: return false
    case .failed: ejection.failed(now: now)
    case .lostConnection(let number):
      guard number > failedConnection else { return false }
      failedConnection = number
      ejection.failed(now: now)
    }
    return true
  }
}
