extension Completions {
  /// For a file named after the function in a folder of zsh's `fpath`, or to be sourced.
  var zshScript: String {
    let function = completionFunction(program)
    return """
      #compdef \(program)
      # Completion of \(program) for zsh, made by '\(program) --generate complete-zsh'.
      \(function)() {
        local curcontext=$curcontext context state state_descr line
        local -A opt_args
      \(commands.isEmpty ? arguments(of: root, indent: "  ") : branch)}
      if [[ $funcstack[1] == \(function) ]]; then
        \(function) "$@"
      else
        compdef \(function) \(program)
      fi

      """
  }

  private var branch: String {
    let rows = commands.map { level in
      "    \(shellQuoted("\(level.name):\(level.summary)"))\n"
    }
    let cases = commands.map { level in
      "        \(level.name))\n\(arguments(of: level, indent: "          "))          ;;\n"
    }
    return """
        local -a commands=(
      \(rows.joined())  )
      \(arguments(of: root, indent: "  ", more: ["'1:command:->command'", "'*:: :->rest'"]))\
        case $state in
          command) _describe -t commands command commands ;;
          rest)
            case $words[1] in
      \(cases.joined())      esac
            ;;
        esac

      """
  }

  /// A call of `_arguments`, one specification a line.
  private func arguments(of level: Level, indent: String, more: [String] = []) -> String {
    // Where an argument can be anything, its specification would keep options from being inserted.
    let positionals = level.positionals.filter { $0.completion != .free }
    let specifications =
      level.options.flatMap(specifications) + positionals.map(positional) + more
    let lines = ["\(indent)_arguments -C -S"] + specifications.map { "\(indent)  \($0)" }
    return lines.joined(separator: " \\\n") + "\n"
  }

  /// One for each of its names, which exclude each other: '(-b --batch)--batch=[Images]:N: '.
  private func specifications(_ option: ParameterOutline) -> [String] {
    let exclusion =
      option.isRepeatable ? "*" : "(\(option.names.joined(separator: " ")))"
    return option.names.map { name in
      let value: String
      switch option.form {
      case .flag, .positional: value = ""
      case .option(let valueName):
        let colons = option.isValueOptional ? "::" : ":"
        value = "\(colons)\(escaped(valueName)):\(action(option))"
      }
      let equals = value.isEmpty ? "" : name.hasPrefix("--") ? "=" : "+"
      return shellQuoted("\(exclusion)\(name)\(equals)[\(escaped(option.summary))]\(value)")
    }
  }

  private func positional(_ parameter: ParameterOutline) -> String {
    guard case .positional(let name) = parameter.form else { return "" }
    let many = parameter.isRepeatable ? "*" : ""
    return shellQuoted("\(many):\(escaped(name)):\(action(parameter))")
  }

  private func action(_ parameter: ParameterOutline) -> String {
    switch parameter.completion {
    case .choices(let choices): "(\(choices.joined(separator: " ")))"
    case .files: "_files"
    case .folders: "_files -/"
    case .free: " "
    }
  }

  private func escaped(_ text: String) -> String {
    text.reduce(into: "") { escaped, character in
      if "[]:\\".contains(character) { escaped.append("\\") }
      escaped.append(character)
    }
  }
}
