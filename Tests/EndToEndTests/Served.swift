import Foundation
import Testing

/// What the tests of a suite share: two of the shipped models under names of our own, and a
/// server that offers them.
struct Served: Sendable {
  let folder: TemporaryFolder
  let server: RunningServer

  @TaskLocal static var current: Served?

  var models: String { folder.path("models") }

  /// Runs digitctl against the server.
  func digitctl(_ arguments: String...) throws -> Program.Outcome {
    try Program.digitctl.run(arguments, environment: ["DIGITS_SERVER": server.address])
  }

  fileprivate init() throws {
    folder = try TemporaryFolder()
    let models = folder.url.appending(path: "models")
    try FileManager.default.createDirectory(at: models, withIntermediateDirectories: true)
    for (name, shipped) in [("alpha", "cnn-28"), ("beta", "mlp-50-50")] {
      try FileManager.default.copyItem(
        at: Program.root.appending(path: "Models/\(shipped).safetensors"),
        to: models.appending(path: "\(name).safetensors"))
    }
    server = try RunningServer(models: models.path)
  }
}

/// Serves the models once for a whole suite.
struct ServesModels: SuiteTrait, TestScoping {
  func provideScope(
    for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void
  ) async throws {
    let served = try Served()
    // Whatever becomes of the tests, no server outlives them.
    defer { #expect(served.server.stop() == 0) }
    try await Served.$current.withValue(served) { try await body() }
  }
}

extension Trait where Self == ServesModels {
  static var servesModels: ServesModels { ServesModels() }
}
