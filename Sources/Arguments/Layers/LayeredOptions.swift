/// Options that a command line has given, before what a file and the environment say of the same
/// settings is read: the command line has precedence over the environment, and that over the file.
///
/// A setting is called `--drain-grace` on the command line, `drain_grace` in the file and, with the
/// prefix `DIGITD_`, `DIGITD_DRAIN_GRACE` in the environment. Where a layer says something of a
/// setting, those below it say nothing; every value is checked all the same.
package struct LayeredOptions<Options> {
  private let defaults: Options
  private let parameters: [Parameter<Options>]
  private let command: String
  private let prefix: String
  /// Of the command line and of the environment.
  private let given: [GivenValue]
  private let inherited: [GivenValue]

  init(
    defaults: Options, parameters: [Parameter<Options>], command: String, prefix: String,
    given: [GivenValue], environment: [String: String]
  ) {
    self.defaults = defaults
    self.parameters = parameters
    self.command = command
    self.prefix = prefix
    self.given = given
    inherited = parameters.flatMap { parameter -> [GivenValue] in
      guard let name = parameter.settingName, parameter.place != .commandLine else { return [] }
      let variable = prefix + name.uppercased()
      guard let text = environment[variable], !text.isEmpty else { return [] }
      let texts = parameter.isRepeatable ? text.split(separator: ",").map(String.init) : [text]
      return texts.map {
        GivenValue(option: parameter.names[0], text: $0, name: "environment variable \(variable)")
      }
    }
  }

  /// What the command line or, without it, the environment says of one option, unchecked.
  package func value(of option: String) -> String? {
    (given.last { $0.option == option } ?? inherited.last { $0.option == option })?.text
  }

  /// The options, with everything in its place.
  /// - Parameters:
  ///   - text: the configuration file's, if there is one.
  ///   - file: what mistakes call it.
  /// - Throws: `UsageError` that lists every mistake in all three.
  package func resolved(_ text: ConfigurationText?, file: String = "") throws(UsageError) -> Options
  {
    var mistakes: [String] = []
    var configured: [GivenValue] = []
    for mistake in text?.mistakes ?? [] {
      mistakes.append("\(file):\(mistake.place): \(mistake.message)")
    }
    for setting in text?.settings ?? [] {
      if let option = option(of: setting.key) {
        configured += setting.values.map {
          GivenValue(
            option: option, text: $0.text, name: setting.key, position: "\(file):\($0.place): ")
        }
      } else {
        mistakes.append("\(file):\(setting.place): " + unknown(setting.key))
      }
    }
    var options = defaults
    for parameter in parameters {
      let layers = [given, inherited, configured].map { layer in
        layer.filter { $0.option == parameter.names.first }
      }
      for layer in layers { mistakes += parameter.mistakes(in: layer, defaults) }
      for value in layers.first(where: { !$0.isEmpty }) ?? [] {
        // What cannot be stored is among the mistakes.
        try? parameter.store(value.text, &options)
      }
    }
    guard !mistakes.isEmpty else { return options }
    let list = mistakes.count == 1 ? mistakes[0] : mistakes.map { "\n  \($0)" }.joined()
    throw UsageError(
      .refused(mistakes.count == 1 ? list : "\(mistakes.count) mistakes in the settings:\(list)"),
      command: command)
  }

  /// Takes over what may change while the program runs.
  /// - Returns: the options then; the settings that are taken over, and those that differ and are
  ///   not.
  package func reloaded(
    _ options: Options, as wanted: Options
  ) -> (options: Options, taken: [String], kept: [String]) {
    var result = options
    var (taken, kept): ([String], [String]) = ([], [])
    for parameter in settable where parameter.texts(options) != parameter.texts(wanted) {
      guard let name = parameter.settingName else { continue }
      if parameter.isReloadable {
        parameter.copy(wanted, &result)
        taken.append(name)
      } else {
        kept.append(name)
      }
    }
    return (result, taken, kept)
  }

  private var settable: [Parameter<Options>] { parameters.filter { $0.place == .anywhere } }

  private func option(of key: String) -> String? {
    settable.first { $0.settingName == key }?.names[0]
  }

  private func unknown(_ key: String) -> String {
    let shown = key.count > 60 ? key.prefix(60) + "…" : key[...]
    let hint = nearest(to: key, among: settable.compactMap(\.settingName))
    return "there is no setting '\(shown)'" + (hint.map { "; did you mean \($0)?" } ?? "")
  }

  /// Options as a configuration file that sets them: one setting a line, in the order of help.
  package func configurationText(of options: Options) -> String {
    let lines = settable.compactMap { parameter -> String? in
      guard let name = parameter.settingName else { return nil }
      let values = parameter.texts(options).map(quoted)
      guard !values.isEmpty else { return nil }
      let list = values.joined(separator: ", ")
      return "  \"\(name)\": " + (parameter.isRepeatable ? "[\(list)]" : list)
    }
    return "{\n" + lines.joined(separator: ",\n") + "\n}\n"
  }

  /// As JSON: numbers, true and false as they are, everything else as text.
  private func quoted(_ text: String) -> String {
    if ["true", "false"].contains(text) || Int(text).map({ "\($0)" == text }) == true {
      return text
    }
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case _ where scalar.value < 0x20 || scalar.value == 0x7f:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

/// A value of an option, and where it was given.
struct GivenValue: Equatable, Sendable {
  /// By its first name: "--batch".
  let option: String
  let text: String
  /// What the value is called there: "--batch", "environment variable DIGITD_BATCH" or "batch".
  let name: String
  /// What stands before a mistake in it: "digitd.json:4:12: ".
  var position = ""
}

extension Parameter {
  /// Where an option may be given.
  package enum Place: Sendable {
    case anywhere
    case commandLineAndEnvironment
    case commandLine
  }

  /// The same parameter, which is no setting of a configuration file.
  package func only(on place: Place) -> Self {
    var kept = self
    kept.place = place
    return kept
  }

  /// The same parameter, which another value may be given while the program runs.
  package var reloadable: Self {
    var changed = self
    changed.isReloadable = true
    return changed
  }

  /// "drain_grace" of `--drain-grace`.
  fileprivate var settingName: String? {
    guard let name = names.first, name.hasPrefix("--") else { return nil }
    return String(name.dropFirst(2).map { $0 == "-" ? "_" : $0 })
  }

  /// What is wrong with a layer's values of this option.
  fileprivate func mistakes(in layer: [GivenValue], _ defaults: Options) -> [String] {
    var mistakes: [String] = []
    if let second = layer.dropFirst().first, !mayRecur {
      mistakes.append(
        second.position + UsageError.Reason.repeated(second.name).message)
    }
    for value in layer {
      var scratch = defaults
      do throws(Mismatch) {
        try store(value.text, &scratch)
      } catch {
        let reason = UsageError.Reason.invalidValue(
          parameter: value.name, value: value.text, expected: error.expectation,
          nearest: nearest(to: value.text, among: error.choices))
        mistakes.append(value.position + reason.message)
      }
    }
    return mistakes
  }
}
