import DigitClient
import DigitLoad
import DigitWire
import ProgramShell

/// Drives loads on one server over connections that stay open, and asks the server itself what
/// batches it formed.
final class LoadDriver {
  private let fleet: LoadFleet
  private let settings: LoadSettings
  private let interruption = Interruption.watch()
  private var observer: Observer

  /// Who asks the server for its figures.
  private enum Observer {
    case notConnected
    case connected(DigitClient)
    /// The server takes loads but no such client, or does not tell: no reason to measure nothing.
    case unwelcome
  }

  /// Figures are worth no longer wait.
  private static let patience = Duration.seconds(1)

  /// - Parameter intervalEnded: called with every interval of every load.
  /// - Throws: `LoadError.system`.
  init(
    _ settings: LoadSettings, images: LoadImages, intervalEnded: ((LoadInterval) -> Void)?
  ) throws {
    self.settings = settings
    // Only the binary port tells what batches were formed.
    observer = settings.plan.door == .binary ? .notConnected : .unwelcome
    fleet = try LoadFleet(
      settings.plan, pixels: images.pixels, labels: images.labels, threads: settings.threads)
    fleet.intervalEnded = intervalEnded
  }

  /// Whether somebody wants the command to end.
  var isInterrupted: Bool { interruption.isRequested }

  /// - Throws: `LoadError`, or `Failure` that says what to do where nobody listens.
  func run(_ plan: LoadPlan) async throws -> LoadRun {
    let stopper = fleet.stopper
    let outcome: LoadOutcome
    let before: StatsReply?
    do {
      try interruption.during(stop: stopper.stop) { try fleet.prepare(plan) }
      // Behind the load's own connections, which come first where the server limits them.
      before = await figures()
      outcome = try interruption.during(stop: stopper.stop) { try fleet.drive() }
    } catch let error as LoadError {
      throw explained(error)
    }
    let after = await figures()
    return LoadRun(
      plan: plan, outcome: outcome, batches: ServerBatches(before, after),
      invalidities: outcome.invalidities(settings.bounds))
  }

  /// Once, at the end; also after `run` has thrown.
  func close() async {
    fleet.close()
    if case .connected(let client) = observer { await client.close() }
  }

  /// Nil where the server does not tell.
  private func figures() async -> StatsReply? {
    do {
      let client = try await observingClient()
      return try await client?.stats()
    } catch {
      if case .connected(let client) = observer { await client.close() }
      observer = .unwelcome
      return nil
    }
  }

  private func observingClient() async throws -> DigitClient? {
    switch observer {
    case .unwelcome: return nil
    case .connected(let client): return client
    case .notConnected:
      let client = try await settings.server.connect(
        within: min(Self.patience, settings.server.timeout))
      observer = .connected(client)
      return client
    }
  }

  private func explained(_ error: LoadError) -> any Error {
    guard case .connectFailed = error else { return error }
    switch settings.plan.door {
    case .binary: return Failure("\(error). \(settings.server.whatToDo)")
    case .http:
      return Failure(
        "\(error). Is digitd running there? Start it with 'digitd --http "
          + "\(settings.server.address)', or name another HTTP port with --server.")
    }
  }
}

/// Opens a driver, and closes it whatever happens.
func withLoadDriver<Value>(
  _ settings: LoadSettings, images: LoadImages, intervalEnded: ((LoadInterval) -> Void)? = nil,
  _ body: (LoadDriver) async throws -> Value
) async throws -> Value {
  let driver = try LoadDriver(settings, images: images, intervalEnded: intervalEnded)
  do {
    let value = try await body(driver)
    await driver.close()
    return value
  } catch {
    await driver.close()
    throw error
  }
}
