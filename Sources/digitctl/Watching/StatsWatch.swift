import DigitWire
import ProgramShell

/// Asks a server for its figures again and again, until Ctrl-C.
struct StatsWatch: Sendable {
  let server: ServerOptions
  let interval: Duration

  /// - Parameters:
  ///   - show: gets each figures and those before them; nil where there are none to
  ///   compare with, as at the beginning and after the server was away.
  ///   - lost: gets why there are no figures now.
  /// - Returns: done where the server was there to the end.
  func run(
    _ show: @escaping @Sendable (_ stats: StatsReply, _ earlier: StatsReply?) throws -> Void,
    lost: @escaping @Sendable (_ reason: String) -> Void = { complain("digitctl: \($0)") }
  ) async throws -> ExitCode {
    try await Interruption.watch().cancelling {
      var watched = try await WatchedServer(server)
      var beat = Beat(every: interval)
      var last: StatsReply?
      do {
        while true {
          switch try await watched.ask({ try await $0.stats() }) {
          case .value(let stats):
            try show(stats, last)
            last = stats
          case .nothing(let reason):
            last = nil
            lost(reason)
          }
          try await beat.wait()
        }
      } catch is CancellationError {}
      await watched.close()
      return last == nil ? .failed : .done
    }
  }
}
