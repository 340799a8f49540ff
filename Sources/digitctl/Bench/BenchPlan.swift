import Arguments
import DigitLoad
import EventLoop
import Foundation

extension BenchOptions {
  /// What a command line asks for, besides the load itself.
  enum Mode {
    case load
    case scenario(Scenario)
    case sweep(SweepAxis)
    case search(ServiceLevel)
    case pair(String, String)
  }

  /// - Throws: `UsageError` where options exclude or need each other.
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
      if csv != nil, sweep != nil || findMaxRate || pair {
        throw refusal("--csv tells of one load, not of \(wanted[0])")
      }
      if report != nil, findMaxRate || pair {
        throw refusal("--report tells of one load or of a sweep, not of \(wanted[0])")
      }
      if slo != nil, sweep != nil || pair {
        throw refusal("--slo judges one load or a search, not \(wanted[0])")
      }
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

  func refusal(_ reason: String) -> UsageError {
    UsageError(.refused(reason), command: "digitctl bench")
  }

  private func listed(_ names: [String]) -> String { names.joined(separator: " and ") }

  var bounds: ScheduleBounds {
    var bounds = ScheduleBounds()
    (bounds.lateAfter, bounds.lateShareMax) = (lateAfter, lateShareMax)
    return bounds
  }

  /// The load that the options describe.
  /// - Throws: `UsageError` for a server that is none; `Failure` for an unreadable file.
  func plan(server address: String? = nil) throws -> LoadPlan {
    var plan: LoadPlan
    do {
      plan = LoadPlan(server: try SocketAddress(parsing: address ?? server.address))
    } catch {
      throw refusal("\(error)")
    }
    plan.token = try server.token
    plan.model = model
    (plan.batch, plan.connections, plan.pipeline) = (batch, connections, pipeline)
    plan.warmUp = warmUp ?? (trace == nil ? .seconds(1) : .zero)
    plan.deadline = deadline
    plan.interval = interval
    if let duration { plan.extent = .time(duration) }
    if let requests { plan.extent = .requests(requests) }
    if let rate { plan.pacing = .openLoop(.steady(rate, spacing: arrivals, seed: seed)) }
    if let ramp {
      plan.pacing = .openLoop(.rate(ramp.profile, spacing: arrivals, seed: seed))
      plan.extent = .time(ramp.profile.duration)
    }
    if let trace { try follow(trace, &plan) }
    return plan
  }

  private func follow(_ path: String, _ plan: inout LoadPlan) throws {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw Failure("cannot read the trace '\(path)'")
    }
    do {
      let offsets = try TraceFile.offsets(String(decoding: data, as: UTF8.self))
      plan.pacing = .openLoop(.trace(offsets))
      if duration == nil { plan.extent = .requests(min(requests ?? .max, offsets.count)) }
    } catch {
      throw Failure("\(path): \(error)")
    }
  }
}
