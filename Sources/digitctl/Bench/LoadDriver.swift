import DigitClient
import DigitFiles
import DigitLoad

/// Drives loads on one server over connections that stay open, and asks the server itself what
/// batches it formed.
final class LoadDriver {
  private let fleet: LoadFleet
  private let address: String
  private let options: BenchOptions
  private let observer: DigitClient?

  /// What one load found.
  struct Run {
    let plan: LoadPlan
    let outcome: LoadOutcome
    let batches: ServerBatches?
    let invalidities: [Invalidity]

    var isValid: Bool { invalidities.isEmpty }
  }

  /// - Parameter intervalEnded: told of every interval of every load.
  /// - Throws: `Failure` where nobody listens.
  init(
    _ options: BenchOptions, plan: LoadPlan, images: ImageSet, address: String? = nil,
    intervalEnded: ((LoadInterval) -> Void)? = nil
  ) async throws {
    self.options = options
    self.address = address ?? options.server.address
    fleet = try LoadFleet(
      plan, pixels: images.pixels, labels: images.labels, threads: options.threads)
    fleet.intervalEnded = intervalEnded
    var server = options.server
    server.address = self.address
    // A server that takes loads but no such client is no reason to measure nothing.
    observer = try? await server.connect()
  }

  /// - Throws: `LoadError`, or `Failure` that says what to do where nobody listens.
  func run(_ plan: LoadPlan) async throws -> Run {
    let before = try? await observer?.stats()
    let outcome: LoadOutcome
    do {
      outcome = try fleet.run(plan)
    } catch {
      throw explained(error)
    }
    let after = try? await observer?.stats()
    return Run(
      plan: plan, outcome: outcome, batches: ServerBatches(before, after),
      invalidities: outcome.invalidities(options.bounds))
  }

  /// Once, at the end; also after `run` has thrown.
  func close() async {
    fleet.close()
    await observer?.close()
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
  let driver = try await LoadDriver(
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
