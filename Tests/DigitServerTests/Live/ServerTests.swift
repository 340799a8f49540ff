import DigitServer
import DigitWire
import ProtocolFixtures
import Testing

/// The server as its clients see it, over real sockets.
@Suite(.timeLimit(.minutes(1))) struct ServerTests {
  @Test func `hello and the first prediction may travel in one write`() throws {
    let server = try RunningServer()
    defer { server.kill() }
    let client = WireClient(port: server.port)
    let predict = Predict(imageCount: 1).header(requestID: 1)
    client.send(
      bytes(of: FrameHeader(.hello, parameters: Hello().parameters)) + bytes(of: predict)
        + testImage(0))
    #expect(client.receive()?.type == .welcome)
    #expect(client.receive()?.type == .result)
  }

  @Test(arguments: [Duration.zero, .microseconds(50), .seconds(1)])
  func `an answer does not depend on batch, worker or neighbours`(inline: Duration) throws {
    let server = try RunningServer(workers: 3) { $0.limits.inlineBudget = inline }
    defer { server.kill() }
    let images = (0..<100).map(testImage)
    let client = WireClient.greeted(port: server.port)
    let alone = images.map { image -> [UInt8] in
      client.sendPredict(1, images: [image])
      return client.receive()!.payload
    }
    for count in [1, 2, 7, 8, 63, 64, 65, 100] {
      client.sendPredict(2, images: Array(images[..<count]))
      #expect(client.receive()?.payload == alone[..<count].flatMap { $0 }, "\(count) images")
    }
    for index in 0..<100 { client.sendPredict(UInt64(index + 10), images: [images[index]]) }
    for _ in 0..<100 {
      let frame = client.receive()!
      #expect(frame.payload == alone[Int(frame.header.requestID) - 10])
    }
  }

  @Test(arguments: [Duration.zero, .seconds(1)])
  func `requests that wait together are computed together`(inline: Duration) throws {
    let server = try RunningServer(workers: 1) { $0.limits.inlineBudget = inline }
    defer { server.kill() }
    let client = WireClient.greeted(port: server.port)
    for round in 0..<50 {
      // In one write: the server has them in a few reads, of many requests each.
      client.send(
        (0..<64).flatMap { index in
          Predict(imageCount: 1, returns: .probabilities)
            .frame(id: UInt64(round * 64 + index + 1), payload: testImage(index))
        })
      for _ in 0..<64 { #expect(client.receive()?.type == .result) }
    }
    let stats = client.stats()
    #expect(stats["images_inferred"] == 3_200)
    #expect(stats["requests_answered"] == 3_200)
    #expect(stats["images_inferred"]! / stats["batches_executed"]! >= 4)
    let sizes = stats.filter { $0.key.hasPrefix("batches_of_") }
    #expect(sizes.values.reduce(0, +) == stats["batches_executed"])
  }

  @Test func `batches are counted by their size`() throws {
    let server = try RunningServer(workers: 1)
    defer { server.kill() }
    let client = WireClient.greeted(port: server.port)
    for (index, count) in [1, 2, 3, 4, 5, 8, 9].enumerated() {
      client.sendPredict(UInt64(index + 1), images: (0..<count).map(testImage))
      #expect(client.receive()?.type == .result)
    }
    let stats = client.stats()
    let sizes = ["1", "2", "3_to_4", "5_to_8", "9_to_16", "17_to_32"]
    #expect(sizes.map { stats["batches_of_\($0)"] } == [1, 1, 2, 2, 1, 0])
    #expect(stats["batches_of_129_to_256"] == 0)
  }

  @Test func `raw pixels skip the model's conditioning`() throws {
    let server = try RunningServer(models: [TestModels.small, TestModels.conditioned])
    defer { server.kill() }
    let client = WireClient.greeted(port: server.port)
    // Both models have the same weights.
    let faint = testImage(0).map { 60 + $0 / 4 }
    func ask(_ model: UInt16, isRaw: Bool) -> [UInt8] {
      let predict = Predict(
        imageCount: 1, returns: .probabilities, modelHandle: model, isRaw: isRaw)
      client.send(bytes(of: predict.header(requestID: 1)) + faint)
      return client.receive()!.payload
    }
    #expect(ask(2, isRaw: true) == ask(1, isRaw: false))
    #expect(ask(2, isRaw: false) != ask(1, isRaw: false))
    #expect(ask(1, isRaw: true) == ask(1, isRaw: false))
  }

  @Test func `top-1 agrees with the probabilities`() throws {
    let server = try RunningServer()
    defer { server.kill() }
    let client = WireClient.greeted(port: server.port)
    let images = (0..<20).map(testImage)
    client.sendPredict(1, images: images, returns: .probabilities)
    let probabilities = try #require(client.receive())
    client.sendPredict(2, images: images, returns: .topOne)
    let tops = try #require(client.receive())
    for index in images.indices {
      let ten = try probabilities.withRecords { records in
        (0..<10).map { records.probability(of: $0, image: index) }
      }
      let top = try tops.withRecords { $0.topOne(of: index) }
      #expect(top.probability == ten.max())
      #expect(ten.firstIndex(of: top.probability) == top.label)
      #expect(abs(ten.reduce(0, +) - 1) < 1e-5)
    }
  }

  @Test func `a client that does not read is not read from, and disturbs nobody`() throws {
    let server = try RunningServer {
      $0.limits.unsentByteCountMaxPerConnection = 64 * 1024
    }
    defer { server.kill() }
    let slow = WireClient.greeted(port: server.port)
    // Each answer is 10 kB: far more than the server may keep and the system buffers.
    let images = (0..<256).map(testImage)
    let header = Predict(imageCount: 256, returns: .probabilities)
    var sent: UInt64 = 0
    slow.patience(milliseconds: 300)
    while sent < 5_000 {
      guard slow.send(bytes(of: header.header(requestID: sent + 1)) + images.flatMap { $0 })
      else { break }
      sent += 1
    }
    #expect(sent < 5_000, "the server went on reading")
    let neighbour = WireClient.greeted(port: server.port)
    for id in UInt64(1)...50 {
      neighbour.sendPredict(id, images: [testImage(1)])
      #expect(neighbour.receive()?.type == .result)
    }
  }

  @Test func `a client that half-closes gets all its answers`() throws {
    let server = try RunningServer()
    defer { server.kill() }
    let client = WireClient.greeted(port: server.port)
    for id in UInt64(1)...100 { client.sendPredict(id, images: [testImage(Int(id))]) }
    client.send(bytes(of: Predict(imageCount: 2).header(requestID: 101)) + testImage(0))
    client.endSending()
    var answered: Set<UInt64> = []
    while let frame = client.receive() { answered.insert(frame.header.requestID) }
    #expect(answered == Set(1...100))
  }

  @Test(arguments: [Duration.zero, .seconds(1)])
  func `a deadline that has passed is answered, not computed`(inline: Duration) throws {
    let server = try RunningServer(workers: 1) { $0.limits.inlineBudget = inline }
    defer { server.kill() }
    let client = WireClient.greeted(port: server.port)
    // No dequeue is within a microsecond of the read.
    client.sendPredict(1, images: [testImage(0)], deadlineMicroseconds: 1)
    client.sendPredict(2, images: [testImage(0)], deadlineMicroseconds: 10_000_000)
    let answers = [client.receive(), client.receive()].compactMap { $0 }
    #expect(answers.first { $0.header.requestID == 1 }?.error?.code == .deadlineExceeded)
    #expect(answers.first { $0.header.requestID == 2 }?.type == .result)
  }

  @Test func `a cancelled request is answered exactly once`() throws {
    let server = try RunningServer(workers: 1)
    defer { server.kill() }
    let client = WireClient.greeted(port: server.port)
    var burst: [UInt8] = []
    for id in UInt64(1)...200 {
      burst += bytes(of: Predict(imageCount: 1).header(requestID: id)) + testImage(0)
      burst += bytes(of: FrameHeader(.cancel, requestID: id))
    }
    client.send(burst)
    var answers: [UInt64: ErrorCode?] = [:]
    for _ in 0..<200 {
      let frame = try #require(client.receive())
      #expect(answers[frame.header.requestID] == nil)
      answers[frame.header.requestID] = .some(frame.error?.code)
    }
    #expect(answers.values.allSatisfy { $0 == nil || $0 == .cancelled })
    #expect(answers.values.contains(.cancelled))
    client.sendPredict(1, images: [testImage(0)])
    #expect(client.receive()?.type == .result)
  }

  @Test func `a full server refuses at once, and serves again`() throws {
    let server = try RunningServer(workers: 1) { $0.limits.imagesMax = 30 }
    defer { server.kill() }
    let client = WireClient.greeted(port: server.port)
    let images = (0..<20).map(testImage)
    // In one write, and one read: the second finds the first's images still there.
    client.send(
      [1, 2].flatMap { id in
        bytes(of: Predict(imageCount: 20).header(requestID: id)) + images.flatMap { $0 }
      })
    let answers = [client.receive(), client.receive()].compactMap { $0 }
    let refusal = answers.first { $0.header.requestID == 2 }?.error
    #expect(refusal?.code == .overloaded)
    #expect(refusal?.isRetryable == true)
    client.sendPredict(3, images: images)
    #expect(client.receive()?.type == .result)
  }

  @Test func `clients that vanish in mid-frame leave nothing behind`() throws {
    let server = try RunningServer { $0.limits.imagesMax = 512 }
    defer { server.kill() }
    for round in 0..<50 {
      let client = WireClient.greeted(port: server.port)
      client.sendPredict(1, images: (0..<100).map(testImage))
      client.send(bytes(of: Predict(imageCount: 256).header(requestID: 2)) + testImage(0))
      if round % 2 == 0 { client.reset() }
    }
    let client = WireClient.greeted(port: server.port)
    // What was sent whole is computed all the same, and has its slots until then.
    client.waitUntil { $0["connections_open"] == 1 && $0["requests_in_flight"] == 0 }
    client.sendPredict(1, images: (0..<256).map(testImage))
    #expect(client.receive()?.type == .result)
    client.waitUntil { $0["connections_open"] == 1 && $0["requests_in_flight"] == 0 }
  }

  @Test func `a drain lets everything in flight finish and refuses the rest`() throws {
    let server = try RunningServer()
    let client = WireClient.greeted(port: server.port)
    for id in UInt64(1)...200 { client.sendPredict(id, images: [testImage(Int(id))]) }
    // All are read when this one is answered.
    client.send(bytes(of: FrameHeader(.ping, requestID: 1_000)))
    var answered: Set<UInt64> = []
    while !answered.contains(1_000) { answered.insert(client.receive()!.header.requestID) }
    server.beginStop()
    var wentAway = false
    while answered.count < 201 || !wentAway {
      let frame = try #require(client.receive())
      if frame.type == .goAway { wentAway = true } else { answered.insert(frame.header.requestID) }
    }
    client.sendPredict(2_000, images: [testImage(0)])
    #expect(client.receive()?.error?.code == .draining)
    client.endSending()
    #expect(client.isAtEnd())
    #expect(server.join() == .drained)
  }

  @Test func `connections over the limit are told why`() throws {
    let server = try RunningServer { $0.limits.connectionsMax = 2 }
    defer { server.kill() }
    let first = WireClient.greeted(port: server.port)
    let second = WireClient.greeted(port: server.port)
    let third = WireClient(port: server.port)
    #expect(third.receive()?.error?.code == .tooManyConnections)
    #expect(third.isAtEnd())
    for client in [first, second] {
      client.sendPredict(1, images: [testImage(0)])
      #expect(client.receive()?.type == .result)
    }
  }

  @Test func `health is answered over the limit of connections, and keeps no place`() throws {
    let server = try RunningServer {
      $0.limits.connectionsMax = 1
      $0.limits.lingerTimeout = .milliseconds(100)
    }
    defer { server.kill() }
    let served = WireClient.greeted(port: server.port)
    let probe = WireClient(port: server.port)
    for _ in 0..<2 {
      probe.send(HealthProbe.ready.frame())
      #expect(probe.receive()?.type == .healthReply)
    }
    // Its time is over.
    #expect(probe.receive()?.error?.code == .tooManyConnections)
    #expect(probe.isAtEnd())
    let client = WireClient(port: server.port)
    client.send(Hello().frame())
    #expect(client.receive()?.error?.code == .tooManyConnections)
    #expect(client.isAtEnd())
    served.sendPredict(1, images: [testImage(0)])
    #expect(served.receive()?.type == .result)
    #expect(served.stats()["connections_refused"] == 2)
  }

  @Test func `time-outs are told to the client`() throws {
    let server = try RunningServer {
      $0.limits.handshakeTimeout = .milliseconds(100)
      $0.limits.frameTimeout = .milliseconds(100)
    }
    defer { server.kill() }
    let silent = WireClient(port: server.port)
    let half = WireClient.greeted(port: server.port)
    half.send(bytes(of: Predict(imageCount: 1).header(requestID: 1)))
    for client in [silent, half] {
      #expect(client.receive()?.error?.code == .timedOut)
      #expect(client.isAtEnd())
    }
  }
}
