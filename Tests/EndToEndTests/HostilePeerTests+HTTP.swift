import ProtocolFixtures
import Testing

/// The same over HTTP.
extension HostilePeerTests {
  private func open(
    _ count: Int, _ server: RunningServer, _ text: String, body: [UInt8] = []
  ) -> [WireClient] {
    (0..<count).map { _ in
      let client = WireClient(port: server.httpPort!)
      client.send(Array(text.utf8) + body)
      return client
    }
  }

  private static let upload =
    "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"

  @Test func `a thousand heads that never end are cut, and leave nothing behind`() throws {
    let metrics = try twice { server in
      let clients = open(1_000, server, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
      let watcher = WireClient.greeted(port: server.port)
      // All but the watchers and the working client.
      watcher.waitUntil { $0["connections_open"] == 3 }
      withExtendedLifetime(clients) {}
    }
    #expect(metrics["connections_timed_out"] == 2_000)
  }

  @Test func `bodies beyond the budget of all are refused, and leave nothing behind`() throws {
    try twice { server in
      let half = [UInt8](repeating: 7, count: 500_000)
      let clients = open(
        300, server, Self.upload + "Content-Length: 1000000\r\n\r\n", body: half)
      let watcher = WireClient(port: server.httpPort!)
      var metrics = ""
      repeat {
        watcher.send(Array("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))
        metrics = watcher.receiveText(until: "process_resident_memory_bytes gauge\n")
      } while !metrics.contains(#"digitd_http_requests_total{status="503"}"#)
      withExtendedLifetime(clients) {}
    }
  }
}
