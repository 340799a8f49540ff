import DigitModel
import DigitTraining
import PlainText

/// The table of all models, as Markdown: a line for each architecture, from the cards there are.
struct ZooTable {
  struct Line {
    let architecture: Architecture
    /// By the house's recipe, seed by seed.
    var house: [ModelCard] = []
    /// By the published recipe.
    var reference: [ModelCard] = []
  }

  let lines: [Line]
  /// Of what is put together from two of them, where it is there.
  let cascade: ModelCard?
  let command: String
  /// Whether the folder has a document on how the recipes were chosen.
  let hasStudy: Bool

  func markdown() throws -> String {
    let head = """
      # Models

      Each file holds one network and its weights; its card, of the same name with `.json`, says how
      it was trained, on what data, how well it reads the 10,000 test images, and the command that
      makes it again. No recipe, epoch or seed was chosen by the test images, but that the recipes
      of `mlp-50-50` and `tiny` were set after one look at a figure of theirs.

      | model | parameters | MFLOP | test accuracy, mean ± sd (seeds) | ships (seed 0) | in bf16 \
      | in int8 | published recipe | published | training |
      |---|---|---|---|---|---|---|---|---|---|

      """
    let rows = try lines.map(row).joined() + (cascade.map(row) ?? "")
    let foot = """

      *Test accuracy* is that of our recipe (`house`); *in bf16* and *in int8* that of what ships,
      computed in floats of 16 bits or in bytes (`precisions` in its card); *published recipe* that
      of the network's own (`reference`), trained here; *published* what its authors reported.
      *Training* is the time for the model that ships, on \(machine). MFLOP are multiplications
      and additions for one image, of a cascade on the average of the images held out for it.

      Made by `\(command)`, which continues where it was interrupted. One model: the `command`
      in its card.

      """
    let study = "\nHow the recipes were chosen: [the study](STUDY.md).\n"
    return head + rows + foot + (hasStudy ? study : "")
  }

  private func row(_ line: Line) throws -> String {
    let size = try NetworkSize(line.architecture.network)
    let shipped = line.house.first { $0.seed == 0 }
    return row([
      "`\(line.architecture.name)`", "\(size.parameterCount)",
      fixed(Double(size.operationCount) / 1e6, 2), spread(line.house),
      accuracy(shipped?.test), narrow(.bfloat16, shipped), narrow(.int8, shipped),
      spread(line.reference), line.architecture.publishedAccuracy.map(percent) ?? "–",
      shipped.flatMap(\.trainingSeconds).map { "\(Int($0.rounded())) s" } ?? "–",
    ])
  }

  private func row(_ card: ModelCard) -> String {
    let megaflops = card.cascade.map { fixed($0.meanOperationCount / 1e6, 2) } ?? "–"
    return row([
      "`\(card.name)`", "\(card.parameterCount)", megaflops, "–", accuracy(card.test),
      narrow(.bfloat16, card), narrow(.int8, card), "–", "–", "–",
    ])
  }

  private func row(_ cells: [String]) -> String {
    "| " + cells.joined(separator: " | ") + " |\n"
  }

  private func narrow(_ precision: Precision, _ card: ModelCard?) -> String {
    accuracy(card?.precisions?[precision.rawValue]?.test)
  }

  private func accuracy(_ test: TestResult?) -> String { test.map { percent($0.accuracy) } ?? "–" }

  /// Mean and sample deviation, and of how many.
  private func spread(_ cards: [ModelCard]) -> String {
    let values = cards.compactMap(\.test).map(\.accuracy)
    guard !values.isEmpty else { return "–" }
    let mean = values.reduce(0, +) / Double(values.count)
    guard values.count > 1 else { return "\(percent(mean)) (1)" }
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let deviation = (squares / Double(values.count - 1)).squareRoot()
    return "\(fixed(100 * mean, 2)) ± \(fixed(100 * deviation, 2)) % (\(values.count))"
  }

  private var machine: String {
    let machines = Set(
      lines.flatMap(\.house).map { "\($0.machine.coreCount) cores of \($0.machine.processor)" })
    return machines.sorted().joined(separator: " or ")
  }
}
