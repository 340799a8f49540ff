import Arguments
import DigitClient
import PlainText
import ProgramShell

/// `digitctl models`: what the server offers.
struct ModelsJob: Job {
  struct Options: NamesServer, Sendable {
    var server = ServerOptions()
    var json = false
    var reload = false
  }

  let options: Options

  func run() async throws -> ExitCode {
    let client = try await options.server.connect()
    let reply = options.reload ? try await client.reload() : nil
    // Those that the reload has brought, whether or not they have been announced yet.
    let models = options.reload ? try await client.metadata() : client.models
    if options.json {
      try printJSON(Report(models: models.map(Report.Model.init)))
    } else {
      say(table([["MODEL", "VERSION", "VERSIONS", "PRECISION", "CLASSES"]] + models.map(row)))
    }
    await client.close()
    guard let reply else { return .done }
    let counts = "\(reply.loadedCount) loaded, \(reply.removedCount) removed"
    guard reply.outcome == .refused else {
      let words = reply.outcome == .changed ? "reloaded: \(counts)" : "nothing has changed"
      if !options.json { say(words) }
      return .done
    }
    throw Failure(
      "reloaded: \(counts), \(reply.refusedCount) refused: "
        + reply.message.split(separator: "\n").joined(separator: "; "))
  }

  private func row(_ model: ModelDescription) -> [String] {
    [
      model.name + (model.isDefault ? " (default)" : ""), "\(model.version)",
      model.versions.map(String.init).joined(separator: ","), "\(model.precision)",
      "\(model.labels.count)",
    ]
  }

  private struct Report: Encodable {
    let models: [Model]

    struct Model: Encodable {
      let name: String
      let version: UInt32
      let versions: [UInt32]
      let isDefault: Bool
      let precision: String
      let labels: [String]
      let rejectionThreshold: Float?

      enum CodingKeys: String, CodingKey {
        case name, version, versions, precision, labels
        case isDefault = "default"
        case rejectionThreshold = "rejection_threshold"
      }

      init(_ model: ModelDescription) {
        name = model.name
        version = model.version
        versions = model.versions
        isDefault = model.isDefault
        precision = "\(model.precision)"
        labels = model.labels
        rejectionThreshold = model.rejectionThreshold
      }
    }
  }

  static var command: Command<any Job> {
    Command(
      "models", summary: "List the models that a server offers.",
      discussion: """
        With --reload the server looks at its model folder again first, and loads what has \
        changed. It permits that through a Unix socket, or with a token that has the scope \
        admin. Where something cannot be served, what was served before still is, and the exit \
        status is 1.
        """,
      defaults: Options(),
      parameters: [
        .flag(
          "--reload", into: \.reload, help: "Have the server reload its models from their folder."),
        .flag("--json", into: \.json, help: "Print one JSON object."),
      ] + Options.serverParameters,
      make: ModelsJob.init)
  }
}
