import DigitHTTP
import DigitServer
import DigitWire
import EventLoop
import Foundation
import ProtocolFixtures
import Testing

/// A running server's metrics, as a door on one of its loops reads them.
@Suite(.timeLimit(.minutes(1))) struct MetricsTests {
  private final class Reading: Sendable {
    private let families = Guarded<[MetricFamily]>([])
    private let done: EventLoop.Semaphore

    init() throws { done = try EventLoop.Semaphore() }

    func take(_ context: LoopContext) {
      families.withLock { $0 = context.figures.families(now: .now) }
      done.signal()
    }

    func wait() -> [MetricFamily] {
      done.wait()
      return families.withLock { $0 }
    }
  }

  private func families(_ server: RunningServer) throws -> [MetricFamily] {
    let reading = try Reading()
    server.dispatcher.perform(onLoop: 1) { reading.take($0) }
    return reading.wait()
  }

  /// The sample lines of a scrape.
  private func samples(_ server: RunningServer) throws -> [String: String] {
    let text = String(
      decoding: Exposition.text(try families(server), as: .prometheus), as: UTF8.self)
    let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
    return Dictionary(
      uniqueKeysWithValues: lines.map { line in
        let end = line.lastIndex(of: " ")!
        return (String(line[..<end]), String(line[line.index(after: end)...]))
      })
  }

  private func server(inline: Duration) throws -> RunningServer {
    try RunningServer(workers: 2, models: [TestModels.small, TestModels.other]) {
      $0.loops = 2
      $0.limits.inlineBudget = inline
      $0.version = "1.2.3"
    }
  }

  @Test(arguments: [Duration.zero, .seconds(1)])
  func `what clients of both loops asked for is counted once, by model`(inline: Duration) throws {
    let server = try server(inline: inline)
    defer { server.kill() }
    let clients = (0..<4).map { _ in WireClient.greeted(port: server.port) }
    for client in clients {
      for id in UInt64(1)...5 { client.sendPredict(id, images: (0..<3).map(testImage)) }
      for _ in 1...5 { #expect(client.receive()?.type == .result) }
    }
    // They stay open until they have been counted.
    let samples = try withExtendedLifetime(clients) { try self.samples(server) }
    let labels = #"model="small",version="1""#
    #expect(samples["digitd_requests_total{\(labels),outcome=\"answered\"}"] == "20")
    #expect(samples["digitd_requests_total{\(labels),outcome=\"refused\"}"] == "0")
    #expect(samples["digitd_images_total{\(labels)}"] == "60")
    #expect(samples["digitd_batch_images_sum{\(labels)}"] == "60")
    for name in ["request", "queue", "compute"] {
      #expect(samples["digitd_\(name)_duration_seconds_count{\(labels)}"] == "20")
    }
    #expect(samples[#"digitd_images_total{model="other",version="1"}"#] == "0")
    #expect(samples[#"digitd_connections{door="binary"}"#] == "4")
    #expect(samples[#"digitd_build_info{version="1.2.3"}"#] == "1")
    #expect(samples["digitd_connections_accepted_total"] == "4")
    #expect(Double(samples["process_resident_memory_bytes"]!)! > 1e6)
    #expect(Double(samples["process_start_time_seconds"]!)! > 1.7e9)
  }

  /// Percentiles are of the histograms.
  @Test func `whatever STATS tells is a metric, too`() throws {
    let server = try server(inline: .zero)
    defer { server.kill() }
    let client = WireClient.greeted(port: server.port)
    let names = Set(try families(server).map(\.name))
    let differently = [
      "connections_open": "connections", "images_queued": "queued_images",
      "queue_time_total_microseconds": "queue_time_seconds",
      "compute_time_total_microseconds": "compute_time_seconds",
      "queue_age_microseconds": "queue_age_seconds",
      "loop_turn_longest_microseconds": "loop_turn_longest_seconds",
    ]
    let states = ["greeting", "idle", "receiving", "working", "unread", "closing"]
    let families = [
      "batches_of_": "batch_images", "requests_shed_": "requests_shed",
      "connections_cut_": "connections_cut",
    ]
    for name in client.stats().keys where name.wholeMatch(of: /[a-z]+_p[0-9]+_[a-z]+/) == nil {
      let family = families.first { name.hasPrefix($0.key) }?.value
      if name == "resident_bytes" {
        #expect(names.contains("process_resident_memory_bytes"))
        continue
      }
      let isState = states.contains { "connections_\($0)" == name }
      let expected = isState ? "connections_by_state" : family ?? differently[name] ?? name
      #expect(names.contains("digitd_" + expected), "\(name)")
    }
  }

  @Test func `connections are counted by state, and those that are cut by why`() throws {
    let server = try server(inline: .zero)
    defer { server.kill() }
    let silent = WireClient(port: server.port)
    let client = WireClient.greeted(port: server.port)
    client.waitUntil {
      $0["connections_greeting"] == 1 && $0["connections_idle"] == 1
        && $0["connections_working"] == 0
    }
    silent.send([UInt8](repeating: 0xFF, count: 64))
    client.waitUntil { $0["connections_cut_refused"] == 1 }
    #expect(client.stats()["connections_timed_out"] == 0)
    client.waitUntil { $0["connections_greeting"] == 0 }
  }

  @Test func `the heap is never more than what is resident`() throws {
    let server = try server(inline: .zero)
    defer { server.kill() }
    let stats = WireClient.greeted(port: server.port).stats()
    #expect(stats["heap_allocated_bytes"]! <= stats["resident_bytes"]!)
    #expect(stats["resident_bytes"]! > 1_000_000)
  }

  @Test func `names follow Prometheus' conventions`() throws {
    let server = try server(inline: .zero)
    defer { server.kill() }
    let families = try families(server)
    #expect(Set(families.map(\.name)).count == families.count)
    for family in families {
      #expect(family.name.wholeMatch(of: /(digitd|process)_[a-z_]+[a-z]/) != nil)
      #expect(!family.name.hasSuffix("_total"), "the exposition adds it")
      #expect(family.help.hasSuffix("."))
      if let unit = family.unit { #expect(family.name.hasSuffix("_\(unit.rawValue)")) }
    }
  }

  @Test func `every metric is documented`() throws {
    let server = try server(inline: .zero)
    defer { server.kill() }
    let root = URL(filePath: #filePath).appending(path: "../../../..").standardized
    let page = try String(contentsOf: root.appending(path: "Docs/metrics.md"), encoding: .utf8)
    for family in try families(server) {
      let (name, type) =
        switch family.samples {
        case .counter: (family.name + "_total", "counter")
        case .gauge: (family.name, "gauge")
        case .histogram: (family.name, "histogram")
        }
      let row = page.split(separator: "\n").first { $0.hasPrefix("| `\(name)`") }
      #expect(row?.contains("| \(type) |") == true, "\(name) has no row")
    }
  }

  @Test func `a model that is switched to is shown`() throws {
    let server = try server(inline: .zero)
    defer { server.kill() }
    let next = LoadedModel(name: "small", version: 2, plan: TestModels.small.plan)
    server.switcher.serve(ServedModels([next]))
    // The mail of a loop is read in its order.
    let samples = try samples(server)
    #expect(samples[#"digitd_images_total{model="small",version="2"}"#] == "0")
    #expect(samples[#"digitd_images_total{model="small",version="1"}"#] == "0")
  }
}
