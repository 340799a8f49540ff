import DigitFiles
import DigitModel
import DigitServer
import Foundation
import Testing

@Suite final class ModelFactsTests {
  private let folder = FileManager.default.temporaryDirectory
    .appending(path: "digits-\(UUID().uuidString)")
  private var weights: String { folder.appending(path: "m.safetensors").path }

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try TestModels.model("m", units: 8).write(to: weights)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func loaded(card: String?) throws -> ModelFacts {
    if let card { try Data(card.utf8).write(to: folder.appending(path: "m.json")) }
    return try ModelDirectory(folder.path).load(imagesPerBatchMax: 4)[0].facts
  }

  private func card(hash: String) -> String {
    #"{"test":{"accuracy":0.99},"weights_sha256":"\#(hash)","precisions":{"int8":{}},"more":[1]}"#
  }

  @Test func `a card beside the weights tells their accuracy`() throws {
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: weights)))
    let facts = try loaded(card: card(hash: SHA256.hexDigest(of: bytes)))
    #expect(facts.accuracy == 0.99)
    #expect(facts.byteCount == bytes.count)
    #expect(facts.parameterCount == 784 * 8 + 8 + 8 * 10 + 10)
  }

  @Test func `a card of other weights, a broken one and none tell nothing`() throws {
    #expect(try loaded(card: nil).accuracy == nil)
    #expect(try loaded(card: card(hash: String(repeating: "0", count: 64))).accuracy == nil)
    #expect(try loaded(card: "{").accuracy == nil)
  }
}
