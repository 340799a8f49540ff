import DigitServer
import DigitWire
import EventLoop
import ProtocolFixtures
import Testing

/// What tests of reloads ask servers and repositories.
protocol ReloadConversation {}

extension ReloadConversation {
  func client(_ server: RunningServer, _ features: Features = []) -> WireClient {
    let client = WireClient(port: server.port)
    client.send(Hello(features: features).frame())
    _ = client.receive()
    return client
  }

  /// The list that MODELS_CHANGED brings; answers that come before it are passed over.
  func nextAnnouncement(_ client: WireClient) throws -> [ModelEntry] {
    while true {
      let frame = try #require(client.receive())
      if frame.header.type == MessageType.modelsChanged.rawValue {
        return try frame.payload.withUnsafeBytes {
          try ModelsChanged(frame.header, payload: $0).models
        }
      }
    }
  }

  func metadata(_ client: WireClient) throws -> [ModelEntry] {
    client.send(bytes(of: MetadataRequest.all.header(requestID: 77)))
    let frame = try #require(client.receive())
    return try frame.payload.withUnsafeBytes { try MetadataReply(frame.header, payload: $0).models }
  }

  func entry(_ name: String, _ entries: [ModelEntry]) throws -> ModelEntry {
    try #require(entries.first { $0.name == name })
  }

  func version(
    _ client: WireClient, handle: UInt16, version: UInt32 = 0
  ) throws -> UInt32 {
    let predict = Predict(imageCount: 1, modelHandle: handle, modelVersion: version)
    client.send(bytes(of: predict.header(requestID: 1)) + testImage(1))
    return try PredictResult(try #require(client.receive()).header).modelVersion
  }
}

extension ModelRepository {
  /// Waits for what comes of a command.
  func perform(_ command: RepositoryCommand) -> RepositoryReport {
    let done = try! Semaphore()
    let result = Reported(Guarded<RepositoryReport?>(nil))
    precondition(
      request(command) { report in
        result.report.withLock { $0 = report }
        done.signal()
      })
    done.wait()
    return result.report.withLock { $0! }
  }
}

private final class Reported: Sendable {
  let report: Guarded<RepositoryReport?>
  init(_ report: consuming Guarded<RepositoryReport?>) { self.report = report }
}
