/// A program's command line, or one of its subcommands: what it accepts and what it makes of it.
///
/// Parsing is pure: it returns a `Value` to run or a text to print, and the program does either.
///
///     struct Train { var epochs = 10; var quiet = false }
///     let train = Command(
///       "train", summary: "Train a network.", defaults: Train(),
///       parameters: [
///         .option("--epochs", into: \.epochs, value: "N", in: 1...1000, help: "Passes."),
///         .flag("--quiet", "-q", into: \.quiet, help: "Say nothing."),
///       ])
///     let program = Command("digitlab", version: "1.0.0", summary: "…", subcommands: [train])
///     switch try program.parse(arguments, environment: environment) { … }
package struct Command<Value> {
  package let name: String
  let version: String?
  let summary: String
  /// Paragraphs below the options in help, wrapped; indented lines stand as they are.
  let discussion: String
  let manual: Manual
  let body: Body

  enum Body {
    case leaf(Leaf)
    case branch([Command<Value>])
  }

  /// A command's parameters with the type of its options erased.
  struct Leaf {
    let entries: [HelpEntry]
    let outlines: [ParameterOutline]
    let read:
      (_ tokens: [String], _ environment: [String: String], _ path: String)
        throws(UsageError) -> Value
  }

  /// What a command line asks for.
  package enum Outcome {
    /// `command` is the words that name the command: "digitlab train".
    case run(Value, command: String)
    /// Help or a version, for standard output.
    case print(String)
  }

  /// A command with parameters; `make` turns the filled options into what the program runs.
  package init<Options>(
    _ name: String, version: String? = nil, summary: String, discussion: String = "",
    manual: Manual = Manual(),
    defaults: Options, parameters: [Parameter<Options>], make: @escaping (Options) -> Value
  ) {
    self.name = name
    self.version = version
    self.summary = summary
    self.discussion = discussion
    self.manual = manual
    body = .leaf(
      Leaf(
        entries: parameters.map { HelpEntry($0, defaults: defaults) },
        outlines: parameters.map(ParameterOutline.init),
        read: { tokens, environment, path throws(UsageError) in
          var reader = ArgumentReader(options: defaults, parameters: parameters, command: path)
          return make(try reader.read(tokens, environment: environment))
        }))
  }

  /// A command whose options are themselves what the program runs.
  package init(
    _ name: String, version: String? = nil, summary: String, discussion: String = "",
    manual: Manual = Manual(),
    defaults: Value, parameters: [Parameter<Value>]
  ) {
    self.init(
      name, version: version, summary: summary, discussion: discussion, manual: manual,
      defaults: defaults, parameters: parameters, make: { $0 })
  }

  /// A command whose options may also be set by the environment and by a file that it names.
  /// - Parameter prefix: of the variables, such as `DIGITD_`.
  /// - Precondition: it takes no arguments without a name.
  package init<Options>(
    _ name: String, version: String? = nil, summary: String, discussion: String = "",
    manual: Manual = Manual(),
    defaults: Options, parameters: [Parameter<Options>], prefix: String
  ) where Value == LayeredOptions<Options> {
    self.name = name
    self.version = version
    self.summary = summary
    self.discussion = discussion
    self.manual = manual
    body = .leaf(
      Leaf(
        entries: parameters.map { HelpEntry($0, defaults: defaults) },
        outlines: parameters.map(ParameterOutline.init),
        read: { tokens, environment, path throws(UsageError) in
          var reader = ArgumentReader(options: defaults, parameters: parameters, command: path)
          return LayeredOptions(
            defaults: defaults, parameters: parameters, command: path, prefix: prefix,
            given: try reader.gather(tokens), environment: environment)
        }))
  }

  /// A command that only leads to others.
  package init(
    _ name: String, version: String? = nil, summary: String, discussion: String = "",
    manual: Manual = Manual(),
    subcommands: [Command<Value>]
  ) {
    self.name = name
    self.version = version
    self.summary = summary
    self.discussion = discussion
    self.manual = manual
    body = .branch(subcommands)
  }
}

extension Command {
  /// Reads a command line.
  ///
  /// `--help` (`-h`) anywhere before `--` asks for help, as does `help` in place of a subcommand;
  /// `--version` asks for the version, and `--generate` for a text about the whole program.
  /// - Parameters:
  ///   - arguments: the words after the program's name.
  ///   - environment: where options look that are not given and name a variable.
  ///   - columns: how wide help may be.
  package func parse(
    _ arguments: [String], environment: [String: String] = [:], columns: Int = 80
  ) throws(UsageError) -> Outcome {
    if let version, let text = try generated(arguments, version: version) { return .print(text) }
    let context = Context(environment: environment, columns: columns)
    return try parse(arguments[...], in: context, path: [name], version: version)
  }

  private struct Context {
    let environment: [String: String]
    let columns: Int
  }

  private func parse(
    _ arguments: ArraySlice<String>, in context: Context, path: [String], version: String?
  ) throws(UsageError) -> Outcome {
    let words = path.joined(separator: " ")
    switch body {
    case .leaf(let leaf):
      let names = arguments.prefix { $0 != "--" }
      if names.contains("--help") || names.contains("-h") {
        return .print(help(path: words, version: version, width: context.columns))
      }
      if let version, names.contains("--version") { return .print("\(path[0]) \(version)\n") }
      return .run(try leaf.read(Array(arguments), context.environment, words), command: words)
    case .branch(let subcommands):
      guard let word = arguments.first else {
        throw UsageError(.missingCommand(known: subcommands.map(\.name)), command: words)
      }
      if ["--help", "-h"].contains(word) {
        return .print(help(path: words, version: version, width: context.columns))
      }
      if let version, word == "--version" { return .print("\(path[0]) \(version)\n") }
      if word == "help" {
        let asked = arguments.dropFirst().filter { !$0.hasPrefix("-") } + ["--help"]
        return try parse(asked[...], in: context, path: path, version: version)
      }
      guard let next = subcommands.first(where: { $0.name == word }) else {
        throw UsageError(unknown(word, among: subcommands.map(\.name)), command: words)
      }
      return try next.parse(
        arguments.dropFirst(), in: context, path: path + [word], version: next.version ?? version)
    }
  }

  private func unknown(_ word: String, among names: [String]) -> UsageError.Reason {
    guard !word.hasPrefix("-") else {
      return .unknownOption(
        word, nearest: nearest(to: word, among: ["--help", "--version", "--generate"]))
    }
    return .unknownCommand(word, nearest: nearest(to: word, among: names), known: names)
  }
}
