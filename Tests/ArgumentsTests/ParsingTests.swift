import Arguments
import Testing

@Test func `options that are not given keep their defaults`() throws {
  #expect(try asked("train") == .train(Train()))
}

@Test(arguments: ["train --batch 64", "train --batch=64", "train -b 64", "train -b=64"])
func `a value follows its option after a space or an equals sign`(line: String) throws {
  var expected = Train()
  expected.batch = 64
  #expect(try asked(line) == .train(expected))
}

@Test func `every kind of value is read into its property`() throws {
  let line =
    "train --learning-rate 3e-4 --schedule step --out a=b --wait 1.5s --port 65535 -q "
    + "--tag one --tag two"
  let expected = Train(
    rate: 3e-4, schedule: .step, out: "a=b", wait: .milliseconds(1500), port: 65535, quiet: true,
    tags: ["one", "two"], waitSource: "--wait")
  #expect(try asked(line) == .train(expected))
}

@Test func `a flag may be given twice`() throws {
  #expect(try asked("train -q --quiet") == .train(Train(quiet: true)))
}

@Test func `an option tells where its value came from`() throws {
  func source(_ line: String, _ environment: [String: String] = [:]) throws -> String? {
    guard case .train(let train) = try asked(line, environment: environment) else { return nil }
    return train.waitSource
  }
  #expect(try source("train --wait 1s") == "--wait")
  #expect(try source("train", ["LAB_WAIT": "1s"]) == "environment variable LAB_WAIT")
  #expect(try source("train") == "")
}

@Test func `positional arguments gather around options`() throws {
  let expected = Show(model: "m", images: ["a", "b", "-"])
  #expect(try asked("show a --model m b -") == .show(expected))
}

@Test func `everything after two dashes is positional`() throws {
  let expected = Show(model: "m", images: ["--model", "--help"])
  #expect(try asked("show --model m -- --model --help") == .show(expected))
}

@Test(arguments: [
  ("a --model m --watch", 1_000), ("--watch --model m a", 1_000), ("--watch 2s --model m a", 2_000),
  ("a --watch=50ms --model m", 50),
])
func `an option's value may be left out where it says so`(line: String, milliseconds: Int) throws {
  #expect(
    try asked("show \(line)")
      == .show(Show(model: "m", images: ["a"], watch: .milliseconds(milliseconds))))
}

@Test func `a negative number is a value`() throws {
  #expect(
    try asked("show --model m --offset -3 a")
      == .show(Show(model: "m", images: ["a"], offset: -3, given: ["--offset"])))
}

@Test func `the environment stands in for an option that is not given`() throws {
  let environment = ["LAB_WAIT": "2m", "LAB_QUIET": "yes"]
  #expect(
    try asked("train", environment: environment)
      == .train(
        Train(
          wait: .seconds(120), quiet: true, waitSource: "environment variable LAB_WAIT")))
  #expect(
    try asked("train --wait 1s", environment: environment)
      == .train(Train(wait: .seconds(1), quiet: true, waitSource: "--wait")))
}

@Test(arguments: [
  (Duration.zero, "0s"), (.milliseconds(250), "250ms"), (.seconds(90), "90s"),
  (.seconds(7200), "2h"), (.nanoseconds(1_500), "1500ns"),
])
func `a duration is written as it is read`(duration: Duration, text: String) {
  #expect(duration.argument == text)
  #expect(Duration(argument: text) == duration)
}

@Test(arguments: ["", "5", "ms", "5 ms", "-5ms", "1e3s", "5days", "nans", "9999999999h"])
func `a text that is no duration is refused`(text: String) {
  #expect(Duration(argument: text) == nil)
}

@Test(arguments: ["show a --model m --offset 0", "show a --model m --offset=0"])
func `an option can tell that it was given, even what it is anyway`(line: String) throws {
  #expect(try asked(line) == .show(Show(model: "m", images: ["a"], given: ["--offset"])))
}
