/// How parameters are declared, one function for each shape of property.
extension Parameter {
  /// `--name` (default: false).
  package static func flag(
    _ names: String..., into property: WritableKeyPath<Options, Bool>, environment: String? = nil,
    help: String
  ) -> Self {
    Self(
      form: .flag, names: names, help: help, environment: environment, store: storing(property)
    )
    .bound(to: property) { [$0.argument] }
  }

  /// `--name VALUE` or `--name=VALUE`, once.
  package static func option<Value: ArgumentValue>(
    _ names: String..., into property: WritableKeyPath<Options, Value>, value valueName: String,
    environment: String? = nil, required: Bool = false, help: String
  ) -> Self {
    Self(
      form: .option(valueName: valueName), names: names, help: help, environment: environment,
      isRequired: required, expectation: Value.expectation, choices: Value.choices,
      store: storing(property),
      defaultText: { required ? nil : $0[keyPath: property].argument }
    ).bound(to: property) { [$0.argument] }
  }

  /// An option whose value must lie in `range`.
  package static func option<Value: ArgumentValue & Comparable>(
    _ names: String..., into property: WritableKeyPath<Options, Value>, value valueName: String,
    in range: ClosedRange<Value>, environment: String? = nil, help: String
  ) -> Self {
    Self(
      form: .option(valueName: valueName), names: names, help: help, environment: environment,
      expectation: expectation(range),
      store: { text, options throws(Mismatch) in
        options[keyPath: property] = try value(text, in: range)
      },
      defaultText: { $0[keyPath: property].argument }
    ).bound(to: property) { [$0.argument] }
  }

  /// An option whose text must be accepted by `isValid`; `kind` is what to write, with its article.
  package static func option(
    _ names: String..., into property: WritableKeyPath<Options, String>, value valueName: String,
    kind: String, where isValid: @escaping (String) -> Bool, environment: String? = nil,
    help: String
  ) -> Self {
    Self(
      form: .option(valueName: valueName), names: names, help: help, environment: environment,
      expectation: kind,
      store: { text, options throws(Mismatch) in
        guard isValid(text) else { throw Mismatch(expectation: kind) }
        options[keyPath: property] = text
      },
      defaultText: { $0[keyPath: property] }
    ).bound(to: property) { [$0] }
  }

  /// An option that stays nil where it is not given.
  package static func option<Value: ArgumentValue>(
    _ names: String..., into property: WritableKeyPath<Options, Value?>, value valueName: String,
    environment: String? = nil, help: String
  ) -> Self {
    Self(
      form: .option(valueName: valueName), names: names, help: help, environment: environment,
      expectation: Value.expectation, choices: Value.choices,
      store: { text, options throws(Mismatch) in
        options[keyPath: property] = .some(try value(text))
      },
      defaultText: { $0[keyPath: property]?.argument }
    ).bound(to: property) { $0.map { [$0.argument] } ?? [] }
  }

  /// An option that stays nil where it is not given, and lies in `range` where it is.
  package static func option<Value: ArgumentValue & Comparable>(
    _ names: String..., into property: WritableKeyPath<Options, Value?>, value valueName: String,
    in range: ClosedRange<Value>, environment: String? = nil, help: String
  ) -> Self {
    Self(
      form: .option(valueName: valueName), names: names, help: help, environment: environment,
      expectation: expectation(range),
      store: { text, options throws(Mismatch) in
        options[keyPath: property] = .some(try value(text, in: range))
      },
      defaultText: { $0[keyPath: property]?.argument }
    ).bound(to: property) { $0.map { [$0.argument] } ?? [] }
  }

  /// An option that stays nil where it is not given, and is `alone` where no value follows it:
  /// `--watch`, `--watch 2s`, `--watch=2s`. The next word is its value unless it begins with `-`.
  package static func option<Value: ArgumentValue & Comparable>(
    _ names: String..., into property: WritableKeyPath<Options, Value?>,
    optionalValue valueName: String, alone: Value, in range: ClosedRange<Value>, help: String
  ) -> Self {
    Self(
      form: .option(valueName: "[\(valueName)]"), names: names, help: help,
      valueAlone: alone.argument, expectation: expectation(range),
      store: { text, options throws(Mismatch) in
        options[keyPath: property] = .some(try value(text, in: range))
      }
    ).bound(to: property) { $0.map { [$0.argument] } ?? [] }
  }

  /// An option that may be given many times; its values gather in order.
  package static func options<Value: ArgumentValue>(
    _ names: String..., into property: WritableKeyPath<Options, [Value]>, value valueName: String,
    required: Bool = false, help: String
  ) -> Self {
    Self(
      form: .option(valueName: valueName), names: names, help: help, isRequired: required,
      isRepeatable: true, expectation: Value.expectation, choices: Value.choices,
      store: appending(property)
    ).bound(to: property) { $0.map(\.argument) }
  }

  /// One argument without a name, required.
  package static func positional<Value: ArgumentValue>(
    _ name: String, into property: WritableKeyPath<Options, Value>, help: String
  ) -> Self {
    Self(
      form: .positional(name: name), names: [], help: help, isRequired: true,
      store: storing(property))
  }

  /// One argument without a name that may be left out.
  package static func positional<Value: ArgumentValue>(
    _ name: String, into property: WritableKeyPath<Options, Value?>, help: String
  ) -> Self {
    Self(
      form: .positional(name: name), names: [], help: help,
      store: { text, options throws(Mismatch) in
        options[keyPath: property] = .some(try value(text))
      },
      defaultText: { $0[keyPath: property]?.argument })
  }

  /// All the remaining arguments without a name; declare it last.
  package static func positionals<Value: ArgumentValue>(
    _ name: String, into property: WritableKeyPath<Options, [Value]>, required: Bool = true,
    help: String
  ) -> Self {
    Self(
      form: .positional(name: name), names: [], help: help, isRequired: required,
      isRepeatable: true, store: appending(property))
  }
}

extension Parameter {
  /// The same parameter, whose property can be written out and copied.
  private func bound<Value>(
    to property: WritableKeyPath<Options, Value>, texts: @escaping (Value) -> [String]
  ) -> Self {
    var bound = self
    bound.texts = { texts($0[keyPath: property]) }
    bound.copy = { $1[keyPath: property] = $0[keyPath: property] }
    return bound
  }

  private typealias Store = (String, inout Options) throws(Mismatch) -> Void

  private static func storing<Value: ArgumentValue>(
    _ property: WritableKeyPath<Options, Value>
  ) -> Store {
    { text, options throws(Mismatch) in options[keyPath: property] = try value(text) }
  }

  private static func appending<Value: ArgumentValue>(
    _ property: WritableKeyPath<Options, [Value]>
  ) -> Store {
    { text, options throws(Mismatch) in
      options[keyPath: property].append(try value(text) as Value)
    }
  }

  private static func value<Value: ArgumentValue>(_ text: String) throws(Mismatch) -> Value {
    guard let value = Value(argument: text) else {
      throw Mismatch(expectation: Value.expectation, choices: Value.choices)
    }
    return value
  }

  private static func value<Value: ArgumentValue & Comparable>(
    _ text: String, in range: ClosedRange<Value>
  ) throws(Mismatch) -> Value {
    guard let value = Value(argument: text), range.contains(value) else {
      throw Mismatch(expectation: expectation(range))
    }
    return value
  }

  private static func expectation<Value: ArgumentValue>(_ range: ClosedRange<Value>) -> String {
    "\(Value.kindInRange) from \(range.lowerBound.argument) to \(range.upperBound.argument)"
  }
}
