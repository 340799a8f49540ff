import DigitClient
import DigitWire
import ScriptedServers
import Testing

@Suite(.timeLimit(.minutes(1))) struct TroubleTests {
  @Test func `an ERROR fails its request alone`() async throws {
    let server = try ScriptedServer { frame, peer in
      if frame.payload[0] == 1 { peer.refuse(frame, .overloaded) } else { peer.answer(frame) }
    }
    let client = try await DigitClient.connect(to: server.address)
    let refusal = ErrorMessage(Refusal(.overloaded, "expected something else"))
    await #expect(throws: DigitClientError.refused(refusal)) {
      try await client.predict(images(1))
    }
    #expect(refusal.isRetryable)
    #expect(try await client.predict(images(2)).images[0].label == 2)
  }

  @Test func `when the server closes in the middle every request ends with its fate unknown`()
    async throws
  {
    let server = try ScriptedServer { frame, peer in
      peer.kept.append(frame)
      if peer.kept.count == 8 { peer.close() }
    }
    let client = try await DigitClient.connect(to: server.address)
    let fates = await withTaskGroup(of: ErrorMessage.Processed?.self) { group in
      for _ in 0..<20 {
        group.addTask {
          do {
            _ = try await client.predict(images(1))
            return nil
          } catch DigitClientError.connectionLost(let processed, _) {
            return processed
          } catch {
            return nil
          }
        }
      }
      return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }
    #expect(fates == [.unknown: 8, .no: 12])
  }

  @Test func `after GOAWAY what is in flight is answered and the rest is not sent`() async throws {
    let server = try ScriptedServer { frame, peer in
      peer.kept.append(frame)
      guard peer.kept.count == 8 else { return }
      peer.send(GoAway(reason: .shutdown, graceMilliseconds: 1_000))
      for frame in peer.kept { peer.answer(frame) }
    }
    let client = try await DigitClient.connect(to: server.address)
    let outcomes = await withTaskGroup(of: String.self) { group in
      for _ in 0..<12 {
        group.addTask {
          do {
            _ = try await client.predict(images(1))
            return "answered"
          } catch {
            return (error as? DigitClientError)?.code ?? "other"
          }
        }
      }
      return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }
    #expect(outcomes == ["answered": 8, "SERVER_LEAVING": 4])
    await #expect(throws: DigitClientError.serverLeaving(.shutdown)) {
      try await client.predict(images(1))
    }
    // Nothing is owed any more, so the client has left: even a ping, which GOAWAY allows, is late.
    await #expect(throws: DigitClientError.serverLeaving(.shutdown)) { try await client.ping() }
  }

  @Test(arguments: [Float.nan, .infinity, -0.25, 1.5], [ReturnKind.topOne, .probabilities])
  func `a probability that is none ends the connection`(
    probability: Float, returns: ReturnKind
  ) async throws {
    let server = try ScriptedServer { $1.answer($0, probability: probability) }
    let client = try await DigitClient.connect(to: server.address)
    let error = await #expect(throws: DigitClientError.self) {
      try await client.predict(images(1), returning: returns)
    }
    #expect("\(try #require(error))".contains("expected probabilities of 0…1"))
  }

  @Test func `a deadline that passes without an answer withdraws the request`() async throws {
    let server = try ScriptedServer { frame, peer in
      // The answer to the first PREDICT comes only after its CANCEL.
      switch frame.type {
      case .predict where peer.kept.isEmpty: peer.kept.append(frame)
      case .cancel where frame.id == peer.kept[0].id: peer.answer(peer.kept[0])
      case .predict: peer.answer(frame)
      default: peer.close()
      }
    }
    let client = try await DigitClient.connect(to: server.address)
    await #expect(throws: DigitClientError.timedOut(after: .milliseconds(5), processed: .unknown)) {
      try await client.predict(images(1), deadline: .milliseconds(5))
    }
    #expect(try await client.predict(images(2)).images[0].label == 2)
  }

  @Test func `a deadline that the server missed is told as one`() async throws {
    let server = try ScriptedServer { frame, peer in peer.refuse(frame, .deadlineExceeded) }
    let client = try await DigitClient.connect(to: server.address)
    await #expect(throws: DigitClientError.timedOut(after: .seconds(60), processed: .no)) {
      try await client.predict(images(1), deadline: .seconds(60))
    }
  }

  @Test func `a cancelled task ends at once and withdraws its request`() async throws {
    let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
    let (cancels, cancelled) = AsyncStream.makeStream(of: UInt64.self)
    let server = try ScriptedServer { frame, peer in
      if frame.type == .cancel { cancelled.yield(frame.id) } else { arrived.yield() }
    }
    let client = try await DigitClient.connect(to: server.address)
    let task = Task { try await client.predict(images(1)) }
    _ = await arrivals.first { _ in true }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(await cancels.first { _ in true } == 1)
  }

  @Test func `a task that is cancelled before it asks sends nothing`() async throws {
    let server = try ScriptedServer { frame, peer in
      if frame.type == .ping {
        peer.echo(frame)
      } else {
        peer.close()
      }
    }
    let client = try await DigitClient.connect(to: server.address)
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await client.predict(images(1))
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    try await client.ping()
  }

  @Test func `closing ends what is under way and what comes later`() async throws {
    let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
    let server = try ScriptedServer { _, _ in arrived.yield() }
    let client = try await DigitClient.connect(to: server.address)
    let task = Task { try await client.predict(images(1)) }
    _ = await arrivals.first { _ in true }
    await client.close()
    await #expect(throws: DigitClientError.closed) { try await task.value }
    await #expect(throws: DigitClientError.closed) { try await client.ping() }
    await client.close()
  }

  @Test func `a request that this server cannot take fails before it is sent`() async throws {
    let server = try ScriptedServer { _, peer in peer.close() }
    let client = try await DigitClient.connect(to: server.address)
    await #expect(throws: DigitClientError.unknownModel("x", known: ["cnn-28", "mlp-16"])) {
      try await client.predict(images(1), model: "x")
    }
    await #expect(throws: DigitClientError.invalidImages(valueCount: 783)) {
      try await client.predict([UInt8](repeating: 0, count: 783))
    }
    await #expect(throws: DigitClientError.invalidImages(valueCount: 0)) {
      try await client.predict([Float]())
    }
    await #expect(throws: DigitClientError.tooManyImages(count: 257, limit: 256)) {
      try await client.predict([UInt8](repeating: 0, count: 257 * 784))
    }
  }

  @Test func `a malformed answer ends the connection`() async throws {
    let server = try ScriptedServer { frame, peer in
      let result = PredictResult(
        modelVersion: 1, queueMicroseconds: 0, computeMicroseconds: 0, imageCount: 2,
        returns: .topOne, classCount: 10)
      peer.send(result.header(requestID: frame.id), [UInt8](repeating: 0, count: 16))
    }
    let client = try await DigitClient.connect(to: server.address)
    await #expect(
      throws: DigitClientError.connectionLost(
        processed: .unknown,
        reason: "expected a RESULT whose image count is 1, got 2")
    ) { try await client.predict(images(1)) }
    await #expect(throws: DigitClientError.self) { try await client.ping() }
  }
}
