import Arguments

/// The commands of an invented program, with one parameter of every kind.
enum Asked: Equatable {
  case train(Train)
  case show(Show)
}

struct Train: Equatable {
  enum Schedule: String, CaseIterable, ArgumentValue { case constant, cosine, step }

  var batch = 32
  var rate = 0.001
  var schedule = Schedule.cosine
  var out: String?
  var wait = Duration.milliseconds(250)
  var host = "localhost"
  var port: UInt16 = 0
  var quiet = false
  var tags: [String] = []
  var waitSource = ""
}

struct Show: Equatable {
  var model = ""
  var images: [String] = []
  var offset = 0
  var watch: Duration?
  var given: Set<String> = []
}

func program() -> Command<Asked> {
  Command(
    "lab", version: "1.2.3", summary: "Train and show networks.",
    manual: Manual(section: 8, related: ["bench(1)"]), subcommands: [train, show])
}

private var train: Command<Asked> {
  Command(
    "train", summary: "Train a network and write it down, with everything needed to repeat it.",
    discussion: """
      The same data, settings and seed give the same weights
      on the same kind of processor, whatever the number of threads.

      Example:
        lab train --batch 64 --out net.bin
      """, defaults: Train(),
    parameters: [
      .option("--batch", "-b", into: \.batch, value: "N", in: 1...4096, help: "Images a step."),
      .option("--learning-rate", into: \.rate, value: "RATE", help: "The first step's size."),
      .option("--schedule", into: \.schedule, value: "NAME", help: "How the rate falls."),
      .option("--out", "-o", into: \.out, value: "FILE", help: "Where the network goes."),
      .option(
        "--wait", into: \.wait, value: "TIME", environment: "LAB_WAIT",
        help: "The longest pause between two lines of progress, in which nothing is printed."
      ).named(in: \.waitSource),
      .option(
        "--host", into: \.host, value: "HOST", kind: "a host's name", where: { !$0.contains(" ") },
        environment: "LAB_HOST", help: "Host to report to."
      ).under("Network"),
      .option("--port", into: \.port, value: "PORT", help: "Port to report to.").under("Network"),
      .flag("--quiet", "-q", into: \.quiet, environment: "LAB_QUIET", help: "Print nothing."),
      .options("--tag", into: \.tags, value: "TEXT", help: "Words for the card."),
    ], make: Asked.train)
}

private var show: Command<Asked> {
  Command(
    "show", summary: "Show what a network says.", defaults: Show(),
    parameters: [
      .option("--model", into: \.model, value: "NAME", required: true, help: "The network."),
      .option("--offset", into: \.offset, value: "N", help: "Added to every index.")
        .noted(in: \.given),
      .option(
        "--watch", into: \.watch, optionalValue: "TIME", alone: .seconds(1),
        in: .milliseconds(10)...(.seconds(60)), help: "Again and again."),
      .positionals("image", into: \.images, help: "Image files."),
    ], make: Asked.show)
}

/// What a command line asks for; nil where it asks for a text.
func asked(_ line: String, environment: [String: String] = [:]) throws -> Asked? {
  switch try program().parse(line.split(separator: " ").map(String.init), environment: environment)
  {
  case .run(let asked, _): asked
  case .print: nil
  }
}

/// The text a command line asks for, or the message of its error.
func answer(_ line: String, environment: [String: String] = [:]) -> String {
  do {
    let words = line.split(separator: " ").map(String.init)
    switch try program().parse(words, environment: environment) {
    case .run(let asked, _): return "runs \(asked)"
    case .print(let text): return text
    }
  } catch {
    return String(error.description.split(separator: "\n")[0])
  }
}
