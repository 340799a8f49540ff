import Arguments
import DigitLoad
import EventLoop
import FileAccess
import ProgramShell

extension BenchOptions {
  var bounds: ScheduleBounds {
    var bounds = ScheduleBounds()
    (bounds.lateAfter, bounds.lateShareMax) = (lateAfter, lateShareMax)
    return bounds
  }

  /// The load that the options describe.
  /// - Throws: `Misuse` for a server that is none; `Failure` for an unreadable file.
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
    let bytes = try InputFile.read(path, limit: 256 << 20)
    do {
      let offsets = try TraceFile.offsets(String(decoding: bytes, as: UTF8.self))
      plan.pacing = .openLoop(.trace(offsets))
      if duration == nil { plan.extent = .requests(min(requests ?? .max, offsets.count)) }
    } catch {
      throw Failure("\(path): \(error)")
    }
  }
}
