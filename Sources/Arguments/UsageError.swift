/// A command line that cannot be understood: what was expected, what came, and where help is.
///
/// Programs print `description` to standard error and exit with `UsageError.exitCode`.
package struct UsageError: Error, Equatable, CustomStringConvertible {
  package enum Reason: Equatable, Sendable {
    case unknownOption(String, nearest: String?)
    case missingValue(option: String, expected: String)
    case unwantedValue(flag: String, value: String)
    case invalidValue(parameter: String, value: String, expected: String, nearest: String? = nil)
    case repeated(String)
    case missing(parameter: String)
    case unexpectedArgument(String)
    case unknownCommand(String, nearest: String?, known: [String])
    case missingCommand(known: [String])
    /// The program's own rule, found after every value was read: two options that exclude each
    /// other, for instance.
    case refused(String)
  }

  package static let exitCode: Int32 = 2

  package let reason: Reason
  /// The words that name the command: "digitlab train".
  package let command: String

  package init(_ reason: Reason, command: String) {
    self.reason = reason
    self.command = command
  }

  package var description: String {
    "\(command): \(reason.message)\nTry '\(command) --help'."
  }
}

extension UsageError.Reason {
  /// In a sentence, without the command.
  var message: String {
    switch self {
    case .unknownOption(let name, let nearest):
      "unknown option \(name)" + Self.suggestion(nearest)
    case .missingValue(let option, let expected):
      "\(option) needs a value: expected \(expected)"
    case .unwantedValue(let flag, let value):
      "\(flag) takes no value, but got '\(value)'"
    case .invalidValue(let parameter, let value, let expected, let nearest):
      "invalid value for \(parameter): expected \(expected), got '\(value)'"
        + Self.suggestion(nearest)
    case .repeated(let option):
      "expected \(option) once, got it twice"
    case .missing(let parameter):
      "\(parameter) is required"
    case .unexpectedArgument(let argument):
      "unexpected argument '\(argument)'"
    case .unknownCommand(let name, let nearest, let known):
      "unknown command '\(name)'"
        + (nearest == nil ? "; expected \(Self.list(known))" : Self.suggestion(nearest))
    case .missingCommand(let known):
      "expected a command: \(Self.list(known))"
    case .refused(let explanation):
      explanation
    }
  }

  private static func suggestion(_ name: String?) -> String {
    name.map { "; did you mean \($0)?" } ?? ""
  }

  private static func list(_ names: [String]) -> String {
    guard let last = names.last, names.count > 1 else { return names.joined() }
    return names.dropLast().joined(separator: ", ") + " or " + last
  }
}
