import DigitLoad
import DigitWire
import ProgramShell

/// Drives loads on one server or several over connections that stay open, and asks the servers
/// themselves what batches they formed.
final class LoadDriver {
  private let fleet: LoadFleet
  private let settings: LoadSettings
  private let interruption = Interruption.watch()
  /// One for each server.
  private let observers: [ServerObserver]

  /// - Parameter intervalEnded: called with every interval of every load.
  /// - Throws: `LoadError.system`.
  init(
    _ settings: LoadSettings, images: LoadImages, intervalEnded: ((LoadInterval) -> Void)?
  ) throws {
    self.settings = settings
    // Only the binary port tells what batches were formed.
    observers = settings.plan.servers.map {
      ServerObserver(settings.server.at($0), isTold: settings.plan.door == .binary)
    }
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
    let before: [StatsReply?]
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
      plan: plan, outcome: outcome, serverBatches: zip(before, after).map { ServerBatches($0, $1) },
      invalidities: outcome.invalidities(settings.bounds))
  }

  /// Once, at the end; also after `run` has thrown.
  func close() async {
    fleet.close()
    for observer in observers { await observer.close() }
  }

  /// Of each server; nil where it does not tell.
  private func figures() async -> [StatsReply?] {
    var figures: [StatsReply?] = []
    for observer in observers { figures.append(await observer.figures()) }
    return figures
  }

  private func explained(_ error: LoadError) -> any Error {
    guard case .connectFailed(let address, _) = error else { return error }
    switch settings.plan.door {
    case .binary: return Failure("\(error). \(ServerOptions.whatToDo(at: address))")
    case .http:
      return Failure(
        "\(error). Is digitd running there? Start it with 'digitd --http \(address)', or name "
          + "another HTTP port with --server.")
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
