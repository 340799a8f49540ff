import Arguments
import DigitClient
import PlainText
import ProgramShell

/// `digitctl models`: what the server offers.
struct ModelsJob: Job {
  struct Options: NamesServer, Sendable {
    var server = ServerOptions()
    var json = false
  }

  let options: Options

  func run() async throws -> ExitCode {
    let client = try await options.server.connect()
    let models = client.models
    if options.json {
      try printJSON(Report(models: models.map(Report.Model.init)))
    } else {
      say(table([["MODEL", "VERSION", "VERSIONS", "PRECISION", "CLASSES"]] + models.map(row)))
    }
    await client.close()
    return .done
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

      enum CodingKeys: String, CodingKey {
        case name, version, versions, precision, labels
        case isDefault = "default"
      }

      init(_ model: ModelDescription) {
        name = model.name
        version = model.version
        versions = model.versions
        isDefault = model.isDefault
        precision = "\(model.precision)"
        labels = model.labels
      }
    }
  }

  static var command: Command<any Job> {
    Command(
      "models", summary: "List the models that a server offers.",
      defaults: Options(),
      parameters: [
        .flag("--json", into: \.json, help: "Print one JSON object.")
      ] + Options.serverParameters,
      make: ModelsJob.init)
  }
}
