import DigitServer
import DigitWire
import EventLoop
import Foundation
import ProtocolFixtures
import Testing

/// What a running server logs of its clients' requests.
@Suite(.timeLimit(.minutes(1))) struct RequestLogTests {
  private final class Lines: Sendable {
    private let lines = Guarded<[String]>([])

    func add(_ line: String) { lines.withLock { $0.append(line) } }

    var requests: [[String: String]] {
      lines.withLock { lines in
        lines.compactMap { line -> [String: String]? in
          let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
          guard let object, object["event"] as? String == "request" else { return nil }
          return object.mapValues { "\($0)" }
        }
      }
    }
  }

  private func server(_ lines: Lines, fraction: Double? = 1) throws -> RunningServer {
    try RunningServer(log: Log(level: .error, format: .json) { lines.add($0) }) {
      $0.httpAddresses = [.internet(host: "127.0.0.1", port: 0)]
      $0.loggedFraction = fraction
    }
  }

  @Test func `the binary door logs who asked for what, and what came of it`() throws {
    let lines = Lines()
    let server = try server(lines)
    let client = WireClient.greeted(port: server.port)
    client.sendPredict(7, images: (0..<3).map(testImage))
    _ = try #require(client.receive())
    let unknown = Predict(imageCount: 1, modelHandle: 99)
    client.send(unknown.frame(id: 8, payload: testImage(0)))
    _ = try #require(client.receive())
    server.kill()
    let requests = lines.requests
    #expect(requests.map { $0["request"] } == ["7", "8"])
    let answered = try #require(requests.first)
    #expect(answered["door"] == "binary" && answered["outcome"] == "answered")
    #expect(answered["model"] == TestModels.small.name && answered["version"] == "1")
    #expect(answered["images"] == "3" && answered["code"] == nil)
    #expect(answered["peer"]?.hasPrefix("127.0.0.1:") == true)
    let times = try ["queue", "compute", "total"].map {
      try #require(answered["\($0)_microseconds"].flatMap(Int.init))
    }
    #expect(times[2] >= times[1])
    let refused = try #require(requests.last)
    #expect(refused["outcome"] == "refused" && refused["code"] == "unknown_model")
    #expect(refused["model"] == nil)
  }

  @Test func `the HTTP door logs the same, with the trace that a request is part of`() throws {
    let lines = Lines()
    let server = try server(lines)
    let client = WireClient(port: server.httpPort!)
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    client.send(
      Array(
        ("POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 784\r\n"
          + "Content-Type: application/octet-stream\r\ntraceparent: \(trace)\r\n\r\n").utf8)
        + testImage(1))
    #expect(client.receiveText(until: "\"timing\"").hasPrefix("HTTP/1.1 200 "))
    server.kill()
    let request = try #require(lines.requests.first)
    #expect(lines.requests.count == 1)
    #expect(request["door"] == "http" && request["outcome"] == "answered")
    #expect(request["model"] == TestModels.small.name && request["images"] == "1")
    #expect(request["peer"]?.hasPrefix("127.0.0.1:") == true)
    #expect(request["trace"] == trace)
  }

  @Test func `nothing is logged of requests where nobody asked for it`() throws {
    let lines = Lines()
    let server = try server(lines, fraction: nil)
    let client = WireClient.greeted(port: server.port)
    client.sendPredict(1, images: [testImage(0)])
    _ = try #require(client.receive())
    server.kill()
    #expect(lines.requests.isEmpty)
  }
}
