import DigitClient
import DigitFiles
import DigitLoad
import DigitWire
import ProgramShell

/// Drives loads on one server over connections that stay open, and asks the server itself what
/// batches it formed.
final class LoadDriver {
  private let fleet: LoadFleet
  private let address: String
  private let options: BenchOptions
  private let interruption = Interruption.watch()
  private var observer = Observer.notConnected

  /// Who asks the server for its figures.
  private enum Observer {
    case notConnected
    case connected(DigitClient)
    /// The server takes loads but no such client, or does not tell: no reason to measure nothing.
    case unwelcome
  }

  /// Figures are worth no longer wait.
  private static let patience = Duration.seconds(1)

  /// What one load found.
  struct Run {
    let plan: LoadPlan
    let outcome: LoadOutcome
    let batches: ServerBatches?
    let invalidities: [Invalidity]

    var isValid: Bool { invalidities.isEmpty }
    /// Why it does not count, in a sentence.
    var trouble: String? {
      invalidities.first?.description
        ?? (outcome.isComplete ? nil : "not every request was answered, once")
    }
  }

  /// - Parameter intervalEnded: told of every interval of every load.
  /// - Throws: `Failure` where nobody listens.
  init(
    _ options: BenchOptions, plan: LoadPlan, images: ImageSet, address: String? = nil,
    intervalEnded: ((LoadInterval) -> Void)? = nil
  ) throws {
    self.options = options
    self.address = address ?? options.server.address
    fleet = try LoadFleet(
      plan, pixels: images.pixels, labels: images.labels, threads: options.threads)
    fleet.intervalEnded = intervalEnded
  }

  /// - Throws: `LoadError`, or `Failure` that says what to do where nobody listens.
  func run(_ plan: LoadPlan) async throws -> Run {
    let outcome: LoadOutcome
    let before: StatsReply?
    do {
      try fleet.prepare(plan)
      // Behind the load's own connections, which come first where the server limits them.
      before = await figures()
      let stopper = fleet.stopper
      outcome = try interruption.during(stop: { stopper.stop() }, fleet.drive)
    } catch {
      throw explained(error)
    }
    let after = await figures()
    return Run(
      plan: plan, outcome: outcome, batches: ServerBatches(before, after),
      invalidities: outcome.invalidities(options.bounds))
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
      var server = options.server
      server.address = address
      let client = try await server.connect(within: Self.patience)
      observer = .connected(client)
      return client
    }
  }

  private func explained(_ error: LoadError) -> any Error {
    guard case .connectFailed = error else { return error }
    var server = options.server
    server.address = address
    return Failure("\(error). \(server.whatToDo)")
  }
}

/// Opens a driver, and closes it whatever happens.
func withLoadDriver<Value>(
  _ options: BenchOptions, plan: LoadPlan, images: ImageSet,
  intervalEnded: ((LoadInterval) -> Void)? = nil, _ body: (LoadDriver) async throws -> Value
) async throws -> Value {
  let driver = try LoadDriver(
    options, plan: plan, images: images, intervalEnded: intervalEnded)
  do {
    let value = try await body(driver)
    await driver.close()
    return value
  } catch {
    await driver.close()
    throw error
  }
}
