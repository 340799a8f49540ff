import DigitServer

/// Takes over what has changed in the configuration file while the server runs, and logs what
/// would need a restart.
final class SettingsReload: @unchecked Sendable {
  // Unchecked: belongs to the thread that reloads.
  private var configuration: Configuration
  private let limits: Server.LimitSetter
  private let log: Log

  init(_ configuration: Configuration, of server: Server, log: Log) {
    self.configuration = configuration
    self.log = log
    limits = server.limitSetter
  }

  /// Settings in which there is a mistake change nothing.
  func reload() {
    do {
      let (taken, kept) = try configuration.reload()
      var changed = try configuration.flags.checkedLimits()
      Digitd.fit(&changed, log: log)
      if !taken.isEmpty { limits.set(changed) }
      for name in kept {
        log.warning("setting not changed: restart to change it", ["setting": name])
      }
      if !taken.isEmpty {
        log.info("settings changed", ["settings": taken.joined(separator: ",")])
      }
      log.setLevel(configuration.flags.logLevel.level)
    } catch {
      log.warning("settings not reloaded", ["why": "\(error)"])
    }
  }
}
