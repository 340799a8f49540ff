/// What a shell may offer as a value.
enum CompletedValue: Equatable {
  case choices([String])
  case files
  case folders
  /// Anything: nothing is offered.
  case free
}

/// A parameter without the type of its options: what texts about a program tell of it.
struct ParameterOutline {
  let form: ParameterForm
  /// Long name first; empty for a positional argument.
  let names: [String]
  let help: String
  let environment: String?
  let isRepeatable: Bool
  /// Whether the value may be left out.
  let isValueOptional: Bool
  let completion: CompletedValue

  init<Options>(_ parameter: Parameter<Options>) {
    form = parameter.form
    names = parameter.names
    help = parameter.help
    environment = parameter.environment
    isRepeatable = parameter.isRepeatable
    isValueOptional = parameter.valueAlone != nil
    completion = parameter.completion ?? Self.usual(parameter.form, parameter.choices)
  }

  private init(_ names: [String], value: String? = nil, choices: [String] = [], help: String) {
    form = value.map(ParameterForm.option) ?? .flag
    self.names = names
    self.help = help
    environment = nil
    isRepeatable = false
    isValueOptional = false
    completion = Self.usual(form, choices)
  }

  /// What no command declares, for all have it.
  static func ofEveryCommand(hasVersion: Bool, isProgram: Bool) -> [Self] {
    var outlines = [Self(["--help", "-h"], help: "Show this help and exit.")]
    guard hasVersion else { return outlines }
    outlines.append(Self(["--version"], help: "Show the version and exit."))
    guard isProgram else { return outlines }
    outlines.append(
      Self(
        ["--generate"], value: "KIND", choices: GeneratedText.choices,
        help: "Print a manual page (man, or man COMMAND) or a shell's completions (complete-bash, "
          + "complete-zsh or complete-fish), and exit."))
    return outlines
  }

  private static func usual(_ form: ParameterForm, _ choices: [String]) -> CompletedValue {
    guard choices.isEmpty else { return .choices(choices) }
    return switch form {
    case .option("FILE"), .positional: .files
    case .option("DIR"): .folders
    case .option, .flag: .free
    }
  }
}

extension ParameterOutline {
  /// What a person writes, short names first and in a column of their own: "-b, --batch N",
  /// "    --seed N".
  var label: String {
    let short = names.filter { !$0.hasPrefix("--") }
    let joined = (short + names.filter { $0.hasPrefix("--") }).joined(separator: ", ")
    let aligned = short.isEmpty ? "    \(joined)" : joined
    return switch form {
    case .flag: aligned
    case .option(let valueName): "\(aligned) \(valueName)"
    case .positional(let name): "<\(name)>"
    }
  }

  /// The help's first sentence, without its full stop and without a default.
  var summary: String {
    let sentence = firstSentence(of: help)
    return sentence.firstRange(of: " (default").map { String(sentence[..<$0.lowerBound]) }
      ?? sentence
  }
}

/// Up to the first full stop that a space follows, without it.
func firstSentence(of text: String) -> String {
  let sentence = text.firstRange(of: ". ").map { text[..<$0.lowerBound] } ?? text[...]
  return String(sentence.hasSuffix(".") ? sentence.dropLast() : sentence)
}
