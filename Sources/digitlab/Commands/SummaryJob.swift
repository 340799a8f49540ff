import Arguments
import DigitModel
import DigitTraining
import PlainText

/// `digitlab summary`: what an architecture or a model consists of, layer by layer.
struct SummaryJob: Job {
  struct Options { var subject = SummarySubject.architecture(.mlp) }

  let options: Options

  func run() throws {
    switch options.subject {
    case .architecture(let name): write(try Self.text(of: name.architecture.network))
    case .file(let path): write(try Self.text(of: try Model(contentsOf: path).network))
    }
  }

  /// A table; of an ensemble or a cascade one for each member, and what they come to together.
  static func text(of network: Network) throws -> String {
    guard !network.members.isEmpty else { return try table(of: network) }
    var text = ""
    for (index, stage) in network.stageNetworks.enumerated() {
      if !network.stages.isEmpty { text += heading(network.stages[index], number: index + 1) }
      text += try stage.memberNetworks.map { "\($0.name):\n\(try table(of: $0))\n" }.joined()
    }
    let size = try NetworkSize(network)
    text += "together \(size.parameterCount) parameters, \(size.operationCount) FLOP\n"
    guard !network.stages.isEmpty else { return text }
    let mean = try network.meanOperationCount()
    return text + "on the average \(Int(mean.rounded())) FLOP an image\n"
  }

  /// Such as "stage 1, for 100.00 % of the images; those below 0.8 go on:".
  private static func heading(_ stage: CascadeStage, number: Int) -> String {
    let share = percent(Double(stage.share ?? 1))
    let onward = stage.below.map { "; those below \($0.argument) go on" } ?? ""
    return "stage \(number), for \(share) of the images\(onward):\n\n"
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
      "summary",
      summary: "Show an architecture or a model layer by layer: shapes, parameters, operations.",
      discussion: """
        Parameters count all numbers of the weights file, the running statistics of batch
        normalization among them. Operations are multiplications and additions for one image. Of \
        a cascade both are those of all stages together; the average is by the shares of the \
        images that came to each stage when the cascade was made.
        """,
      defaults: Options(),
      parameters: [
        .positional(
          "name", into: \.subject, help: "\(SummarySubject.kind).")
      ], make: SummaryJob.init)
  }
}

/// What is shown: an architecture by its name, or the network of a model file.
enum SummarySubject: ArgumentValue {
  case architecture(ArchitectureName)
  case file(String)

  static var kind: String { "\(ArchitectureName.kind), or a .safetensors file" }

  init?(argument: String) {
    if argument.hasSuffix(".safetensors") {
      self = .file(argument)
    } else if let name = ArchitectureName(argument: argument) {
      self = .architecture(name)
    } else {
      return nil
    }
  }

  var argument: String {
    switch self {
    case .architecture(let name): name.argument
    case .file(let path): path
    }
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
