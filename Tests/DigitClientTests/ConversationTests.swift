import DigitClient
import DigitWire
import ScriptedServers
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct ConversationTests {
  @Test func `a prediction comes back with label, probability, version and times`() async throws {
    let server = try ScriptedServer { frame, peer in peer.answer(frame) }
    let client = try await DigitClient.connect(to: server.address)
    let prediction = try await client.predict(images(7, 3), model: "mlp-16")
    #expect(prediction.images.map(\.label) == [7, 3])
    #expect(prediction.images.map(\.name) == ["7", "3"])
    #expect(prediction.images[1].probability == 0.5)
    #expect(prediction.images[1].probabilities.isEmpty)
    #expect(prediction.model == "mlp-16")
    #expect(prediction.modelVersion == 3)
    #expect(prediction.precision == .int8)
    #expect(client.models.map(\.precision) == [.bfloat16, .int8])
    #expect(prediction.serverQueue == .microseconds(11))
    #expect(prediction.serverCompute == .microseconds(42))
    await client.close()
  }

  @Test func `all probabilities come back in class order`() async throws {
    let server = try ScriptedServer { frame, peer in peer.answer(frame) }
    let client = try await DigitClient.connect(to: server.address)
    let prediction = try await client.predict(images(0, 9), returning: .probabilities)
    #expect(prediction.images.map(\.label) == [0, 9])
    let last = prediction.images[1]
    #expect(last.probability == 0.5)
    #expect(last.probabilities.count == 10)
    #expect(last.probabilities.last == 0.5)
    #expect(Array(last.probabilities).first == 0.5 / 9)
  }

  @Test func `what is asked for is what goes over the wire`() async throws {
    let server = try ScriptedServer { frame, peer in
      let predict = frame.predict!
      let isAsAsked =
        predict.modelHandle == 2 && predict.modelVersion == 5 && predict.isRaw
        && predict.pixelType == .float32 && predict.deadlineMicroseconds > 59_000_000
        && predict.deadlineMicroseconds <= 60_000_000
        && frame.payload == [UInt8](repeating: 0, count: 2 * 784 * 4)
      if isAsAsked { peer.answer(frame) } else { peer.refuse(frame, .badRequest) }
    }
    let client = try await DigitClient.connect(to: server.address)
    var batch = ImageBatch([Float](repeating: 0, count: 2 * 784))
    batch.isConditioned = true
    let prediction = try await client.predict(
      batch, model: .named("mlp-16", version: 5), deadline: .seconds(60))
    #expect(prediction.images.count == 2)
  }

  @Test func `answers out of order reach the requests that they answer`() async throws {
    let server = try ScriptedServer { frame, peer in
      peer.kept.append(frame)
      guard peer.kept.count == 8 else { return }
      for frame in peer.kept.reversed() { peer.answer(frame) }
    }
    let client = try await DigitClient.connect(to: server.address)
    try await withThrowingTaskGroup { group in
      for digit in 0..<8 {
        group.addTask {
          let label = try await client.predict(images(digit)).images[0].label
          #expect(label == digit)
        }
      }
      try await group.waitForAll()
    }
  }

  @Test func `a thousand predictions at once never exceed the server's limit in flight`()
    async throws
  {
    // Answers only when eight are in flight, or none of the thousand is still to come.
    let server = try ScriptedServer { frame, peer in
      peer.kept.append(frame)
      #expect(peer.kept.count <= 8)
      guard peer.kept.count == 8 else { return }
      for frame in peer.kept { peer.answer(frame) }
      peer.kept = []
    }
    let client = try await DigitClient.connect(to: server.address)
    let labels = try await withThrowingTaskGroup(of: Bool.self) { group in
      for index in 0..<1_000 {
        group.addTask {
          try await client.predict(images(index % 10)).images[0].label == index % 10
        }
      }
      return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(labels == 1_000)
  }

  @Test func `pings, figures, models and health are answered`() async throws {
    let stats = StatsReply(uptimeMicroseconds: 9, entries: [.init("requests", .counter, 4)])
    let models = MetadataReply([ModelEntry(handle: 7, name: "new", version: 1, isDefault: true)])
    let server = try ScriptedServer { frame, peer in
      switch frame.type {
      case .ping: peer.echo(frame)
      case .stats: peer.send(stats, id: frame.id)
      case .metadata: peer.send(models, id: frame.id)
      case .health:
        let probe = try! HealthProbe(frame.header)
        peer.send(HealthReply(probe, isYes: probe == .live))
      default: peer.close()
      }
    }
    let client = try await DigitClient.connect(to: server.address)
    try await client.ping()
    #expect(try await client.stats() == stats)
    #expect(try await client.health(.live))
    #expect(try await !client.health(.ready))
    #expect(client.models.map(\.name) == ["cnn-28", "mlp-16"])
    #expect(try await client.metadata().map(\.name) == ["new"])
    #expect(client.models.map(\.name) == ["new"])
  }

  @Test(arguments: [
    (0, "got 0"), (7, "got 7"), (9, "got 9"), (8, "got other bytes"),
  ])
  func `a PONG that is no echo of its PING ends the connection`(
    byteCount: Int, got: String
  ) async throws {
    let server = try ScriptedServer { frame, peer in
      peer.send(
        Pong(payloadByteCount: byteCount).header(requestID: frame.id),
        [UInt8](repeating: 0xA5, count: byteCount))
    }
    let client = try await DigitClient.connect(to: server.address)
    await #expect(
      throws: DigitClientError.connectionLost(
        processed: .unknown, reason: "expected PONG to carry the 8 bytes of its PING, \(got)")
    ) { try await client.ping() }
  }

  @Test func `a change of models is followed`() async throws {
    let models = ModelsChanged([ModelEntry(handle: 9, name: "newer", version: 4, isDefault: true)])
    let server = try ScriptedServer { frame, peer in
      peer.send(models)
      peer.echo(frame)
    }
    let client = try await DigitClient.connect(to: server.address)
    try await client.ping()
    #expect(client.models.map(\.name) == ["newer"])
    #expect(client.models[0].version == 4)
  }

  @Test func `clients that share a loop do not mix their answers`() async throws {
    let server = try ScriptedServer { frame, peer in peer.answer(frame) }
    var options = ClientOptions()
    options.loop = try ClientLoop()
    let first = try await DigitClient.connect(to: server.address, options: options)
    let second = try await DigitClient.connect(to: server.address, options: options)
    async let one = first.predict(images(1))
    async let two = second.predict(images(2))
    #expect(try await one.images[0].label == 1)
    #expect(try await two.images[0].label == 2)
    await first.close()
    #expect(try await second.predict(images(3)).images[0].label == 3)
  }
}
