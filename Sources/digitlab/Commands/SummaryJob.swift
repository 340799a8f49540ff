import Arguments
import DigitModel
import DigitTraining
import PlainText

/// `digitlab summary`: what an architecture consists of, layer by layer.
struct SummaryJob: Job {
  struct Options { var architecture = ArchitectureName.mlp }

  let options: Options

  func run() throws { write(try Self.text(of: options.architecture.architecture.network)) }

  /// A table; of an ensemble one for each member, and what they come to together.
  static func text(of network: Network) throws -> String {
    guard !network.members.isEmpty else { return try table(of: network) }
    let tables = try network.members.map { "\($0.name):\n\(try table(of: $0))\n" }
    let size = try NetworkSize(network)
    return tables.joined()
      + "together \(size.parameterCount) parameters, \(size.operationCount) FLOP\n"
  }

  private static func table(of network: Network) throws -> String {
    let summary = try network.summary()
    var rows = [["input", "\(summary.input)", "0", "0"]]
    rows += summary.rows.map { row in
      [
        row.layer.words, "\(row.output)", "\(row.parameterCount)", "\(row.operationCount)",
      ]
    }
    rows.append(["total", "", "\(summary.parameterCount)", "\(summary.operationCount)"])
    return Table(names: ["layer", "output", "parameters", "FLOP"], rows: rows).text
  }

  static var command: Command<any Job> {
    Command(
      "summary", summary: "Show an architecture layer by layer: shapes, parameters, operations.",
      discussion: """
        Parameters count all numbers of the weights file, the running statistics of batch
        normalization among them. Operations are multiplications and additions for one image.
        """,
      defaults: Options(),
      parameters: [
        .positional(
          "name", into: \.architecture, help: "The architecture: \(ArchitectureName.kind).")
      ], make: SummaryJob.init)
  }
}

extension Layer {
  /// The layer in a few words: "convolution 3×3, 32 filters, relu".
  fileprivate var words: String {
    switch self {
    case .convolution(let convolution):
      let stride = convolution.stride == 1 ? "" : ", stride \(convolution.stride)"
      let padding = convolution.padding == 0 ? "" : ", padding \(convolution.padding)"
      return "convolution \(convolution.kernel)×\(convolution.kernel), "
        + "\(convolution.filters) filters\(stride)\(padding)\(suffix(convolution.activation))"
    case .batchNormalization: return "batch normalization"
    case .pooling(let pooling):
      let stride = pooling.stride == pooling.size ? "" : ", stride \(pooling.stride)"
      return "\(pooling.kind.rawValue) pooling \(pooling.size)×\(pooling.size)\(stride)"
    case .dropout(let rate): return "dropout \(rate)"
    case .flatten: return "flatten"
    case .dense(let dense): return "dense \(dense.units)\(suffix(dense.activation))"
    case .activation(let activation): return activation.rawValue
    }
  }

  private func suffix(_ activation: Activation) -> String {
    activation == .linear ? "" : ", \(activation.rawValue)"
  }
}
