import Arguments
import DigitLoad
import ProgramShell

/// The name of an option of `bench`, and the type of its value.
struct BenchOption<Value: Sendable>: Hashable, Sendable {
  let name: String

  init(_ name: String) { self.name = name }
}

/// The options of a command line of `bench`: each mode takes those that it has a use for, and what
/// is left over is refused rather than ignored.
struct GivenOptions: NamesServer, NamesImages, Sendable {
  var server = ServerOptions()
  var images = ImageOptions()
  /// The arguments without a name.
  var servers: [String] = []
  /// What the command line names of the options that have a default of their own.
  var named: Set<String> = []
  private var values: [String: any Sendable] = [:]

  /// Nil where it was not given.
  subscript<Value>(option: BenchOption<Value>) -> Value? {
    get { values[option.name] as? Value }
    set { values[option.name] = newValue }
  }

  /// False where it was not given.
  subscript(flag flag: BenchOption<Bool>) -> Bool {
    get { self[flag] == true }
    set { self[flag] = newValue }
  }

  mutating func take<Value>(_ option: BenchOption<Value>) -> Value? {
    values.removeValue(forKey: option.name) as? Value
  }

  mutating func takeFlag(_ option: BenchOption<Bool>) -> Bool { take(option) == true }

  /// Refuses options for what something else has settled already.
  /// - Throws: `Misuse`.
  func refuse(_ names: String..., because reason: String) throws {
    for name in names where values[name] != nil || named.contains(name) {
      throw Misuse("\(reason), got \(name)")
    }
  }

  /// At most one of these may be given.
  /// - Throws: `Misuse`.
  func refuseSeveral(of names: [String]) throws {
    let given = names.filter { values[$0] != nil }
    guard given.count <= 1 else {
      throw Misuse("expected one of \(given.joined(separator: " and "))")
    }
  }

  /// To be called when a mode has taken what it has a use for.
  /// - Throws: `Misuse`.
  func refuseRest() throws {
    guard let name = values.keys.min() else { return }
    throw Misuse("\(name) requires \(BenchOptions.requirements[name] ?? "another mode")")
  }
}
