extension Completions {
  /// For a file that bash reads: `complete -F` with a function that needs nothing else.
  var bashScript: String {
    let function = completionFunction(program)
    let cases = ([root] + commands).flatMap(valueCases) + levelCases
    return """
      # Completion of \(program) for bash, made by '\(program) --generate complete-bash'.
      \(function)() {
        local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
        local command='' words='' files='' word
        # Bash makes three words of --name=value.
        if [[ $current == '=' ]]; then
          current=
        elif [[ $previous == '=' ]]; then
          previous=${COMP_WORDS[COMP_CWORD - 2]}
        fi
      \(commandSearch)  case "$command $previous" in
      \(cases.map { "    \($0)\n" }.joined())  esac
        COMPREPLY=()
        if [[ -n $files && $current != -* ]]; then
          compopt -o "$files"
        elif [[ -n $words ]]; then
          mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
        fi
      }
      complete -F \(function) \(program)

      """
  }

  private var commandSearch: String {
    guard !commands.isEmpty else { return "" }
    return """
        for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
          case $word in
            \(commands.map(\.name).joined(separator: " | "))) command=$word && break ;;
          esac
        done

      """
  }

  /// What follows an option that has a value, one line for each kind of value.
  private func valueCases(_ level: Level) -> [String] {
    let command = level.name == program ? "" : level.name
    let valued = level.options.filter { $0.form != .flag && !$0.isValueOptional }
    let pattern = { (options: [ParameterOutline]) in
      options.flatMap(\.names).map { shellQuoted("\(command) \($0)") }.joined(separator: " | ")
    }
    var lines: [String] = []
    for option in valued {
      guard case .choices(let choices) = option.completion else { continue }
      lines.append("\(pattern([option]))) words='\(choices.joined(separator: " "))' ;;")
    }
    for (kind, outcome) in [
      (CompletedValue.files, " files=default"), (.folders, " files=dirnames"), (.free, ""),
    ] {
      let options = valued.filter { $0.completion == kind }
      if !options.isEmpty { lines.append("\(pattern(options)))\(outcome) ;;") }
    }
    return lines
  }

  /// What comes where no option waits for its value.
  private var levelCases: [String] {
    ([root] + commands).map { level in
      let isRoot = level.name == program
      let words = (isRoot ? commands.map(\.name) : []) + level.options.flatMap(\.names)
      let files = level.positionals.contains { $0.completion == .files } ? " files=default" : ""
      return "'\(isRoot ? "" : level.name) '*) words='\(words.joined(separator: " "))'\(files) ;;"
    }
  }
}
