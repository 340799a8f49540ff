import Arguments
import ConfigurationFile
import DigitServer
import FileAccess
import PlainText
import ProgramShell

/// What the configuration file, the environment and the command line come to.
struct Configuration {
  private let given: LayeredOptions<Flags>
  private(set) var flags: Flags

  /// - Throws: `UsageError` with every mistake, `Misuse` for a file that cannot be read.
  init(_ given: LayeredOptions<Flags>) throws {
    self.given = given
    flags = try Self.flags(given)
  }

  private static func flags(_ given: LayeredOptions<Flags>) throws -> Flags {
    guard let path = given.value(of: "--config") else { return try given.resolved(nil) }
    let bytes: [UInt8]
    do {
      bytes = try InputFile.read(path, limit: ConfigurationText.byteCountMax)
    } catch {
      throw Misuse("--config: \(error)")
    }
    return try given.resolved(ConfigurationText(json: bytes), file: path)
  }

  /// As a configuration file.
  var text: String { given.configurationText(of: flags) }

  /// Whether the settings can be used, as far as that is known without serving: what they name is
  /// there, and no two of them exclude each other.
  /// - Throws: what would keep the server from starting.
  func check() throws {
    let configuration = try flags.configuration()
    let repository = try ModelRepository(
      flags.repository(imagesPerBatchMax: configuration.limits.imagesPerBatchMax),
      log: Log(level: .error))
    try flags.checkNames(among: repository.modelNames)
  }

  /// Reads the file again and takes over what may change.
  /// - Returns: the settings that are taken over, and those that differ and need a restart.
  /// - Throws: what is wrong with the settings now; nothing changes then.
  mutating func reload() throws -> (taken: [String], kept: [String]) {
    let wanted = try Self.flags(given)
    let (options, taken, kept) = given.reloaded(flags, as: wanted)
    _ = try options.checkedLimits()
    flags = options
    return (taken, kept)
  }
}
