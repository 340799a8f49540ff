import Arguments
import Testing

@Test(arguments: [
  ("train --bacth 3", "lab train: unknown option --bacth; did you mean --batch?"),
  ("train --bacth=3", "lab train: unknown option --bacth; did you mean --batch?"),
  ("train --colour", "lab train: unknown option --colour"),
  ("train --batch", "lab train: --batch needs a value: expected an integer from 1 to 4096"),
  ("train --out --quiet", "lab train: --out needs a value: expected text"),
  (
    "train --batch 0",
    "lab train: invalid value for --batch: expected an integer from 1 to 4096, got '0'"
  ),
  (
    "train -b 1.5",
    "lab train: invalid value for -b: expected an integer from 1 to 4096, got '1.5'"
  ),
  (
    "train --port 65536",
    "lab train: invalid value for --port: expected an integer from 0 to 65535, got '65536'"
  ),
  (
    "train --learning-rate nan",
    "lab train: invalid value for --learning-rate: expected a number, got 'nan'"
  ),
  (
    "train --schedule linear",
    "lab train: invalid value for --schedule: expected constant, cosine or step, got 'linear'"
  ),
  (
    "train --schedule cosin",
    "lab train: invalid value for --schedule: expected constant, cosine or step, got 'cosin'; "
      + "did you mean cosine?"
  ),
  ("train --batch 1 -b 2", "lab train: expected --batch once, got it twice"),
  (
    "train --wait 5",
    "lab train: invalid value for --wait: expected a duration with its unit "
      + "(ns, us, ms, s, m or h), such as 250ms, got '5'"
  ),
  ("train --quiet=yes", "lab train: --quiet takes no value, but got 'yes'"),
  ("train net", "lab train: unexpected argument 'net'"),
  ("show a", "lab show: --model NAME is required"),
  ("show --model m", "lab show: <image> is required"),
  ("tarin", "lab: unknown command 'tarin'; did you mean train?"),
  ("serve", "lab: unknown command 'serve'; expected train or show"),
  ("--verison", "lab: unknown option --verison; did you mean --version?"),
  ("", "lab: expected a command: train or show"),
])
func `an error says what was expected, what came and what is near`(line: String, message: String) {
  #expect(answer(line) == message)
}

@Test func `an error in the environment names the variable`() {
  #expect(
    answer("train", environment: ["LAB_QUIET": "perhaps"])
      == "lab train: invalid value for environment variable LAB_QUIET: "
      + "expected true or false, got 'perhaps'")
}

@Test func `a text that its option does not accept names the variable it came from`() {
  #expect(
    answer("train", environment: ["LAB_HOST": "a b"])
      == "lab train: invalid value for environment variable LAB_HOST: "
      + "expected a host's name, got 'a b'")
}

@Test func `an error says where help is`() {
  let error = UsageError(.refused("--a excludes --b"), command: "lab train")
  #expect(error.description == "lab train: --a excludes --b\nTry 'lab train --help'.")
  #expect(UsageError.exitCode == 2)
}
