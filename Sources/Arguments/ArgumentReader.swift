/// Reads the words of one command into its options.
struct ArgumentReader<Options> {
  private var options: Options
  private let parameters: [Parameter<Options>]
  private let command: String
  /// How often each parameter was given.
  private var givenCounts: [Int]
  /// Whether values are kept as they are, and neither read nor counted.
  private var isGathering = false
  private var gathered: [GivenValue] = []

  init(options: Options, parameters: [Parameter<Options>], command: String) {
    self.options = options
    self.parameters = parameters
    self.command = command
    givenCounts = Array(repeating: 0, count: parameters.count)
  }

  mutating func read(
    _ tokens: [String], environment: [String: String]
  ) throws(UsageError) -> Options {
    try read(tokens)
    try readEnvironment(environment)
    try requireAll()
    return options
  }

  /// What the words say, its values not looked at.
  mutating func gather(_ tokens: [String]) throws(UsageError) -> [GivenValue] {
    isGathering = true
    try read(tokens)
    return gathered
  }

  private mutating func read(_ tokens: [String]) throws(UsageError) {
    var rest = tokens[...]
    var optionsEnded = false
    while let token = rest.popFirst() {
      if optionsEnded || token == "-" || !token.hasPrefix("-") {
        try readPositional(token)
      } else if token == "--" {
        optionsEnded = true
      } else {
        try readNamed(token, rest: &rest)
      }
    }
  }

  private mutating func readPositional(_ token: String) throws(UsageError) {
    let open = parameters.indices.first { index in
      guard case .positional = parameters[index].form else { return false }
      return givenCounts[index] == 0 || parameters[index].isRepeatable
    }
    guard let open else { throw UsageError(.unexpectedArgument(token), command: command) }
    try store(token, at: open, as: parameters[open].label)
  }

  /// `--name`, `--name value` or `--name=value`.
  private mutating func readNamed(
    _ token: String, rest: inout ArraySlice<String>
  ) throws(UsageError) {
    let parts = token.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    guard let index = parameters.firstIndex(where: { $0.names.contains(name) }) else {
      let known = parameters.flatMap(\.names) + ["--help"]
      throw UsageError(
        .unknownOption(name, nearest: nearest(to: name, among: known)), command: command)
    }
    if let given = parameters[index].noted {
      options[keyPath: given].insert(parameters[index].names[0])
    }
    let attached = parts.count > 1 ? String(parts[1]) : nil
    switch (parameters[index].form, attached) {
    case (.flag, nil):
      try store("true", at: index, as: name)
    case (.flag, let value?):
      throw UsageError(.unwantedValue(flag: name, value: value), command: command)
    case (_, let value?):
      try store(value, at: index, as: name)
    case (_, nil) where parameters[index].valueAlone != nil && rest.first?.hasPrefix("-") != false:
      try store(parameters[index].valueAlone!, at: index, as: name)
    case (_, nil):
      try store(try value(of: name, rest: &rest, at: index), at: index, as: name)
    }
  }

  /// The next word, unless it is one of this command's own options: then a value is missing.
  /// A word such as -3 is a value.
  private func value(
    of name: String, rest: inout ArraySlice<String>, at index: Int
  ) throws(UsageError) -> String {
    let names = parameters.flatMap(\.names) + ["--"]
    let isOption = { (word: String) in
      names.contains { word == $0 || word.hasPrefix($0 + "=") }
    }
    guard let next = rest.first, !isOption(next) else {
      throw UsageError(
        .missingValue(option: name, expected: parameters[index].expectation), command: command)
    }
    rest.removeFirst()
    return next
  }

  private mutating func readEnvironment(_ environment: [String: String]) throws(UsageError) {
    for index in parameters.indices where givenCounts[index] == 0 {
      guard let variable = parameters[index].environment, let text = environment[variable],
        !text.isEmpty
      else { continue }
      try store(text, at: index, as: "environment variable \(variable)")
    }
  }

  private func requireAll() throws(UsageError) {
    for index in parameters.indices where parameters[index].isRequired && givenCounts[index] == 0 {
      throw UsageError(.missing(parameter: parameters[index].label), command: command)
    }
  }

  private mutating func store(
    _ text: String, at index: Int, as name: String
  ) throws(UsageError) {
    guard !isGathering else {
      gathered.append(GivenValue(option: parameters[index].names[0], text: text, name: name))
      return
    }
    guard givenCounts[index] == 0 || parameters[index].mayRecur else {
      throw UsageError(.repeated(parameters[index].names[0]), command: command)
    }
    do {
      try parameters[index].store(text, &options)
      givenCounts[index] += 1
      if let named = parameters[index].named { options[keyPath: named] = name }
    } catch {
      throw UsageError(
        .invalidValue(
          parameter: name, value: text, expected: error.expectation,
          nearest: nearest(to: text, among: error.choices)),
        command: command)
    }
  }
}

extension Parameter {
  /// Whether more than one is understood: a flag says the same each time.
  var mayRecur: Bool { isRepeatable || form == .flag }

  /// The parameter as a person writes it: `--batch N` or `<image>`.
  var label: String {
    switch form {
    case .flag: names[0]
    case .option(let valueName): "\(names[0]) \(valueName)"
    case .positional(let name): "<\(name)>"
    }
  }
}
