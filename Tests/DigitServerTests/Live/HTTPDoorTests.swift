import DigitServer
import DigitWire
import EventLoop
import ProtocolFixtures
import Testing

/// The HTTP door of a whole server, over real sockets.
@Suite(.timeLimit(.minutes(1))) struct HTTPDoorTests {
  private func server(loops: Int = 1, token: [UInt8]? = nil) throws -> RunningServer {
    try RunningServer {
      $0.httpAddresses = [.internet(host: "127.0.0.1", port: 0)]
      $0.loops = loops
      $0.access = AccessList(token.map { TokenList(token: $0) })
    }
  }

  private func predict(_ image: [UInt8], headers: String = "") -> [UInt8] {
    Array(
      "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n"
        .utf8) + Array("Content-Length: \(image.count)\r\n\(headers)\r\n".utf8) + image
  }

  @Test(arguments: [1, 2])
  func `both doors give one image the same probabilities`(loops: Int) throws {
    let server = try server(loops: loops)
    defer { server.kill() }
    let binary = WireClient.greeted(port: server.port)
    // On each loop one of them.
    let clients = (0..<2).map { _ in WireClient(port: server.httpPort!) }
    for number in 0..<20 {
      let image = testImage(number)
      binary.sendPredict(UInt64(number + 1), images: [image])
      let expected = try #require(binary.receive()).withRecords { records in
        (0..<10).map { records.probability(of: $0, image: 0) }
      }
      for client in clients {
        client.send(predict(image))
        let answer = client.receiveText(until: "\"timing\"")
        let list = try #require(answer.firstMatch(of: #/"probabilities":\[([^\]]*)\]/#)).1
        #expect(list.split(separator: ",").map { Float($0) } == expected)
      }
    }
  }

  @Test(arguments: [1, 2])
  func `a stop answers what was asked for over HTTP, and then ends`(loops: Int) throws {
    let server = try server(loops: loops)
    let idle = WireClient(port: server.httpPort!)
    idle.send(Array("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))
    #expect(idle.receiveText(until: "ok\n").hasPrefix("HTTP/1.1 200 "))
    let client = WireClient(port: server.httpPort!)
    // The server has its head when the drain begins, and gets its body then.
    let request = predict(testImage(1), headers: "Expect: 100-continue\r\n")
    client.send(Array(request.dropLast(784)))
    #expect(client.receiveText(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
    server.beginStop()
    #expect(idle.isAtEnd())
    client.send(Array(request.suffix(784)))
    let answer = client.receiveText(until: "}\n")
    #expect(answer.hasPrefix("HTTP/1.1 200 "))
    #expect(answer.contains("Connection: close\r\n"))
    #expect(client.isAtEnd())
    #expect(server.join() == .drained)
  }

  private func vanish(after bytes: ArraySlice<UInt8>, _ server: RunningServer) {
    let client = WireClient(port: server.httpPort!)
    client.send(Array(bytes))
    client.reset()
  }

  @Test func `clients that vanish within a request leave nothing behind`() throws {
    let server = try server()
    defer { server.kill() }
    let request = predict(testImage(1))
    for count in [10, 200, 600, request.count] { vanish(after: request.prefix(count), server) }
    WireClient.greeted(port: server.port).waitUntil {
      $0["connections_open"] == 1 && $0["requests_in_flight"] == 0
    }
  }
}
