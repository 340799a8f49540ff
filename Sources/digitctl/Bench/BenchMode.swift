import Arguments
import DigitLoad
import ProgramShell

extension BenchOptions {
  /// What a command line asks for, besides the load itself.
  enum Mode {
    case load
    case scenario(Scenario)
    case sweep(SweepAxis)
    case search(ServiceLevel)
    case pair(String, String)
  }

  /// - Throws: `Misuse` where options exclude or need each other.
  var mode: Mode {
    get throws {
      let wanted = [
        scenario != nil ? "--scenario" : nil, sweep != nil ? "--sweep" : nil,
        findMaxRate ? "--find-max-rate" : nil, pair ? "--pair" : nil,
      ].compactMap(\.self)
      guard wanted.count <= 1 else { throw refusal("expected one of \(listed(wanted))") }
      guard pair || servers.isEmpty else {
        throw refusal("expected --pair before two servers, or --server before one")
      }
      guard threads <= connections else {
        throw refusal(
          "expected a connection for each of \(threads) threads, got \(connections)")
      }
      try checkPacing(isSearch: findMaxRate || sweep?.name == .rate)
      try checkOutputKinds()
      try checkUses()
      if pair {
        guard servers.count == 2 else {
          throw refusal("expected two servers after --pair, got \(servers.count)")
        }
        return .pair(servers[0], servers[1])
      }
      if findMaxRate {
        guard let slo else { throw refusal("--find-max-rate needs --slo, such as 'p99<5ms'") }
        return .search(slo)
      }
      return scenario.map(Mode.scenario) ?? sweep.map(Mode.sweep) ?? .load
    }
  }

  private func checkOutputKinds() throws {
    let several = sweep != nil ? "--sweep" : findMaxRate ? "--find-max-rate" : "--pair"
    if csv != nil, sweep != nil || findMaxRate || pair {
      throw refusal("--csv tells of one load, not of \(several)")
    }
    if report != nil, findMaxRate || pair {
      throw refusal("--report tells of one load or of a sweep, not of \(several)")
    }
    if slo != nil, sweep != nil || pair {
      throw refusal("--slo judges one load or a search, not \(several)")
    }
    if csv == "" { throw refusal("expected a file's name after --csv, got none") }
    if report == "" { throw refusal("expected a folder's name after --report, got none") }
  }

  /// Where arrivals are drawn, a number of them is drawn before the first is sent, to know when
  /// the last one comes: a second's work.
  private static let drawnRequestsMax = 10_000_000

  private func checkPacing(isSearch: Bool) throws {
    let schedules = [
      rate != nil ? "--rate" : nil, ramp != nil ? "--ramp" : nil, trace != nil ? "--trace" : nil,
    ].compactMap(\.self)
    guard schedules.count <= 1 else { throw refusal("expected one of \(listed(schedules))") }
    if isSearch, ramp != nil || trace != nil {
      throw refusal("\(schedules[0]) leaves no rate to search for")
    }
    if let requests, requests > Self.drawnRequestsMax, arrivals == .poisson || scenario == .server {
      throw refusal(
        "expected at most \(Self.drawnRequestsMax) requests that arrive at random, got "
          + "\(requests): use --duration")
    }
    if ramp != nil, duration != nil || requests != nil {
      throw refusal("--ramp says itself how long it takes")
    }
    if let scenario {
      if scenario == .server, rate == nil { throw refusal("--scenario server needs --rate") }
      if scenario == .singleStream || scenario == .multiStream, threads > 1 {
        throw refusal(
          "--scenario \(scenario.rawValue) has one connection, got --threads \(threads)")
      }
      if scenario != .server, !schedules.isEmpty {
        throw refusal("--scenario \(scenario.rawValue) has no schedule, got \(schedules[0])")
      }
      return
    }
    guard duration == nil || requests == nil else {
      throw refusal("expected --duration or --requests, got both")
    }
  }

  func refusal(_ reason: String) -> Misuse { Misuse(reason) }

  private func listed(_ names: [String]) -> String { names.joined(separator: " and ") }
}
