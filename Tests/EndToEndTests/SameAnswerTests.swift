import Foundation
import Testing

/// A probability does not depend on what an image meets on its way: other images of its batch, the
/// worker, the order of arrival, or whether the loop computed it itself.
@Test(
  .timeLimit(.minutes(3)),
  arguments: [
    ("cnn-28", "f32"), ("mlp-50-50", "f32"), ("tiny", "bf16"),
    ("mlp-50-50", "bf16"), ("cnn-28", "int8"), ("cnn-32-64-tanh", "int8"),
  ],
  [["--workers", "1"], ["--workers", "3"], ["--workers", "2", "--inline-budget", "0us"]])
func `every probability is the same to the bit in every batch, order and worker`(
  computed: (model: String, precision: String), arguments: [String]
) throws {
  let folder = try TemporaryFolder()
  let alone = folder.path("alone")
  let limit = ["--limit", "1500", "--model", computed.model, "--probabilities"]
  let precision = ["--precision", computed.precision]
  let own = try Program.digitlab.run(["evaluate"] + precision + limit + [alone])
  #expect(own.status == 0, "\(own.errors)")
  let expected = try Data(contentsOf: URL(filePath: alone))
  #expect(expected.count == 1_500 * 10 * 4)

  let server = try RunningServer(
    models: Program.root.appending(path: "Models").path, arguments: arguments + precision)
  defer { #expect(server.stop() == 0) }
  for (batch, connections, pipeline) in [(1, 1, 1), (1, 4, 16), (7, 3, 4), (64, 2, 3), (128, 2, 2)]
  {
    let served = folder.path("served-\(batch)-\(connections)")
    let outcome = try Program.digitctl.run(
      ["evaluate", "--batch", "\(batch)", "--connections", "\(connections)", "--pipeline"]
        + ["\(pipeline)", "--server", server.address] + limit + [served])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let isSame = try Data(contentsOf: URL(filePath: served)) == expected
    #expect(isSame, "batch \(batch), \(connections) connections, pipeline \(pipeline)")
  }
}
