import Arguments
import ConfigurationFile
import Testing

private struct Options: Equatable {
  var addresses: [String] = []
  var batch = 64
  var grace = Duration.seconds(30)
  var pins = false
  var model: String?
  var config: String?
}

private func command() -> Command<LayeredOptions<Options>> {
  Command(
    "d", summary: "Serve.", defaults: Options(),
    parameters: [
      .options("--listen", into: \.addresses, value: "ADDRESS", help: "Where."),
      .option("--batch", into: \.batch, value: "N", in: 1...256, help: "Images."),
      .option("--drain-grace", into: \.grace, value: "TIME", help: "Time.").reloadable,
      .flag("--pin-workers", into: \.pins, help: "Pin."),
      .option("--default-model", into: \.model, value: "NAME", help: "Model."),
      .option("--config", into: \.config, value: "FILE", help: "File.")
        .only(on: .commandLineAndEnvironment),
    ], prefix: "D_")
}

private func layers(
  _ line: String, _ environment: [String: String] = [:]
) throws -> LayeredOptions<Options> {
  let words = line.split(separator: " ").map(String.init)
  guard case .run(let layers, _) = try command().parse(words, environment: environment) else {
    throw NoRun()
  }
  return layers
}

private struct NoRun: Error {}

private func read(
  _ line: String = "", environment: [String: String] = [:], file: String = "{}"
) throws -> Options {
  try layers(line, environment).resolved(ConfigurationText(json: Array(file.utf8)), file: "d.json")
}

/// What is told of mistakes, without the command's name and its hint.
private func complaint(
  _ line: String = "", environment: [String: String] = [:], file: String = "{}"
) -> [String] {
  let error = #expect(throws: UsageError.self) {
    try read(line, environment: environment, file: file)
  }
  return (error?.description ?? "").split(separator: "\n").map(String.init)
}

@Suite struct LayeredOptionsTests {
  @Test func `the command line overrides the environment, and that the file`() throws {
    let file = #"{"batch": 1, "drain_grace": "1s", "default_model": "a", "pin_workers": true}"#
    let environment = ["D_BATCH": "2", "D_DRAIN_GRACE": "2s", "D_DEFAULT_MODEL": ""]
    let options = try read("--batch 3", environment: environment, file: file)
    #expect(
      options == Options(batch: 3, grace: .seconds(2), pins: true, model: "a"))
  }

  @Test func `a list of one layer takes the place of those below it`() throws {
    let file = #"{"listen": ["a", "b"]}"#
    #expect(try read(file: file).addresses == ["a", "b"])
    #expect(try read(environment: ["D_LISTEN": "c,d"], file: file).addresses == ["c", "d"])
    #expect(try read("--listen e", environment: ["D_LISTEN": "c"]).addresses == ["e"])
    #expect(try read(file: #"{"listen": "a"}"#).addresses == ["a"])
  }

  @Test func `every mistake is told with its place, also where another layer decides`() {
    let file = """
      {
        "batch": 0,
        "btach": 1,
        "drain_grace": 5,
        "default_model": ["a", "b"],
        "config": "x"
      }
      """
    let lines = complaint("--batch 999 --pin-workers", environment: ["D_BATCH": "x"], file: file)
    let expected = [
      "d.json:3:3: there is no setting 'btach'; did you mean batch?",
      "d.json:6:3: there is no setting 'config'",
      "invalid value for --batch: expected an integer from 1 to 256, got '999'",
      "invalid value for environment variable D_BATCH: expected an integer from 1 to 256, got 'x'",
      "d.json:2:12: invalid value for batch: expected an integer from 1 to 256, got '0'",
      "d.json:4:18: invalid value for drain_grace: expected a duration with its unit (ns, us, ms, "
        + "s, m or h), such as 250ms, got '5'",
      "d.json:5:26: expected default_model once, got it twice",
    ]
    #expect(lines.first == "d: 7 mistakes in the settings:")
    #expect(lines.dropFirst().dropLast() == expected.map { "  " + $0 }[...])
    #expect(lines.last == "Try 'd --help'.")
  }

  @Test func `one mistake is one line`() {
    #expect(
      complaint("--batch 0").first
        == "d: invalid value for --batch: expected an integer from 1 to 256, got '0'")
    #expect(complaint("--batch 1 --batch 2").first == "d: expected --batch once, got it twice")
    #expect(complaint("--btach 1").first == "d: unknown option --btach; did you mean --batch?")
  }

  @Test func `variables that are no settings are other programs' business`() throws {
    let environment = ["D_PORT": "tcp://10.0.0.1:7311", "D_OPTIONS": "--batch 3"]
    #expect(try read(environment: environment) == Options())
  }

  @Test func `where the file is, the command line or the environment says`() throws {
    #expect(try layers("--config a", ["D_CONFIG": "b"]).value(of: "--config") == "a")
    #expect(try layers("", ["D_CONFIG": "b"]).value(of: "--config") == "b")
    #expect(try layers("").value(of: "--config") == nil)
  }

  @Test func `what may change while the program runs is taken over, and nothing else`() throws {
    let layers = try layers("--batch 7")
    let old = Options(batch: 7, grace: .seconds(1), model: "a")
    let wanted = Options(addresses: ["x"], batch: 7, grace: .seconds(2), model: nil)
    let (options, taken, kept) = layers.reloaded(old, as: wanted)
    #expect(options == Options(batch: 7, grace: .seconds(2), model: "a"))
    #expect(taken == ["drain_grace"])
    #expect(kept == ["listen", "default_model"])
    #expect(layers.reloaded(old, as: old).taken == [])
  }

  @Test func `what is printed is a file that says the same`() throws {
    let line =
      "--listen 127.0.0.1:0 --listen unix:/a\"\\b --batch 7 --drain-grace 1500ms --pin-workers"
    let layers = try layers(line + " --default-model 42")
    let options = try layers.resolved(nil)
    let text = layers.configurationText(of: options)
    #expect(try read(file: text) == options)
    #expect(text.contains("\n  \"batch\": 7,\n"))
    #expect(text.contains("\n  \"listen\": [\"127.0.0.1:0\", \"unix:/a\\\"\\\\b\"],\n"))
  }
}
