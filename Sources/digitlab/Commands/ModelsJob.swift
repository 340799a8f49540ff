import Arguments
import DigitModel
import DigitTraining
import PlainText

/// `digitlab models`: the architectures that can be trained by name.
struct ModelsJob: Job {
  func run() throws {
    let rows = try Zoo.all.map { architecture in
      let size = try NetworkSize(architecture.network)
      let recipes = RecipeName.allCases.map { "\(architecture.recipe($0).epochs)" }
      return [
        architecture.name, "\(size.parameterCount)",
        fixed(Double(size.operationCount) / 1e6, 2),
      ] + recipes
    }
    let names = ["name", "parameters", "MFLOP"] + RecipeName.allCases.map { "\($0.rawValue)" }
    write(Table(names: names, rows: rows).text)
    say("MFLOP for one image; the last columns are the epochs of each recipe.")
  }

  static var command: Command<any Job> {
    Command(
      "models", summary: "List the architectures that can be trained.", defaults: ModelsJob(),
      parameters: [], make: { $0 })
  }
}
