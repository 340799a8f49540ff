/// How a parameter is written.
enum ParameterForm: Equatable {
  case flag
  case option(valueName: String)
  case positional(name: String)
}

/// One thing a command accepts, bound to the property of `Options` that receives it.
///
/// The property's initial value is the default, and help shows it.
package struct Parameter<Options> {
  /// A text that does not spell a value of the wanted type.
  struct Mismatch: Error {
    let expectation: String
    var choices: [String] = []
  }

  let form: ParameterForm
  /// Long name first: `["--batch", "-b"]`; empty for a positional argument.
  let names: [String]
  let help: String
  /// The variable that stands in where the option is not given.
  var environment: String?
  var isRequired = false
  var isRepeatable = false
  /// What the option means where no value follows it; nil where one must.
  var valueAlone: String?
  /// The heading under which help lists it; nil for the general one.
  var section: String?
  /// What a value looks like, for the error that none came.
  var expectation = ""
  /// All that can be written, where it is a choice of few; else empty.
  var choices: [String] = []
  /// What completion offers where it is not what the form suggests.
  var completion: CompletedValue?
  /// Where its name is noted when a command line gives it.
  var noted: WritableKeyPath<Options, Set<String>>?
  /// Where its name is kept when it was given: "--server" or "environment variable DIGITS_SERVER".
  var named: WritableKeyPath<Options, String>?
  /// Reads the text into the options.
  let store: (String, inout Options) throws(Mismatch) -> Void
  var defaultText: (Options) -> String? = { _ in nil }
  /// Its values as one would write them; none where it is not set.
  var texts: (Options) -> [String] = { _ in [] }
  /// Takes its property of some options over into others.
  var copy: (Options, inout Options) -> Void = { _, _ in }
  /// Where it may be given, where options come in layers.
  var place = Place.anywhere
  /// Whether another value can be taken over while the program runs.
  var isReloadable = false

  /// The same parameter, whose name is added to a set where the command line, not the environment,
  /// gives it: for what has a default and yet is of no use with other options.
  package func noted(in given: WritableKeyPath<Options, Set<String>>) -> Self {
    var noted = self
    noted.noted = given
    return noted
  }

  /// The same parameter; a property receives what its value is called where one was given, for a
  /// check that comes later: "--server", or "environment variable DIGITS_SERVER".
  package func named(in property: WritableKeyPath<Options, String>) -> Self {
    var named = self
    named.named = property
    return named
  }

  /// The same parameter, which completion offers nothing for: what looks like a file is none.
  package func withoutFiles() -> Self {
    var plain = self
    plain.completion = .free
    return plain
  }

  /// The same parameter, whose default help says in these words, for machines differ in it.
  package func withDefault(_ description: String) -> Self {
    var described = self
    described.defaultText = { _ in description }
    return described
  }

  /// The same parameter, listed in help under a heading of its own.
  package func under(_ section: String) -> Self {
    var moved = self
    moved.section = section
    return moved
  }
}
