import Arguments
import DigitClient
import DigitWire
import ProgramShell

/// `digitctl health`: a yes or no for scripts and container probes.
struct HealthJob: Job {
  struct Options: NamesServer, Sendable {
    var server = ServerOptions()
    var ready = false
    var json = false
  }

  let options: Options

  func run() async throws -> ExitCode {
    var client = ClientOptions()
    client.connectTimeout = options.server.timeout
    client.tls = try options.server.tls.read()
    var trouble: String?
    var isHealthy = false
    do {
      isHealthy = try await DigitClient.health(
        options.ready ? .ready : .live, of: options.server.address, options: client)
    } catch let error as DigitClientError {
      if case .invalidAddress = error { throw error }
      trouble = "\(error)"
    }
    try report(isHealthy, trouble)
    return isHealthy ? .done : .failed
  }

  private func report(_ isHealthy: Bool, _ trouble: String?) throws {
    let probe = options.ready ? "ready" : "live"
    if options.json {
      try printJSON(
        Report(
          server: options.server.address, probe: probe, healthy: isHealthy, reason: trouble))
    } else if isHealthy {
      say(probe)
    } else {
      complain("digitctl: \(trouble ?? "\(options.server.address) is not \(probe)")")
    }
  }

  private struct Report: Encodable {
    let server: String
    let probe: String
    let healthy: Bool
    let reason: String?
  }

  static var command: Command<any Job> {
    Command(
      "health", summary: "Ask whether a server is alive, or ready for predictions.",
      discussion: """
        A live server answers at all, also during a drain; a ready one has loaded its models and \
        is not draining. No token is needed.

        Exit status: 0 yes, 1 no or no answer. For a container:
          HEALTHCHECK CMD ["digitctl", "health", "--ready", "--timeout", "2s"]
        """,
      defaults: Options(),
      parameters: [
        .flag("--ready", into: \.ready, help: "Check for readiness, not only for liveness."),
        .flag("--json", into: \.json, help: "Print one JSON object."),
      ] + Options.serverParameters,
      make: HealthJob.init)
  }
}
