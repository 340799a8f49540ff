import Arguments
import ProgramShell
import Testing

private struct Train {
  var epochs = 10
}

private func program() -> Program<Train> {
  Program(
    Command("lab", summary: "Train.", defaults: Train(), parameters: []),
    exitCode: { $0 is CancellationError ? .usage : .failed })
}

@Test func `a failure is one line with the program's name, and status 1`() {
  let (text, code) = program().explain(Failure("cannot read 'x'"), in: "lab train")
  #expect(text == "lab: cannot read 'x'" && code == .failed)
}

@Test func `misuse names the command and its help, and has status 2`() {
  let (text, code) = program().explain(Misuse("--a excludes --b"), in: "lab train")
  #expect(text == "lab train: --a excludes --b\nTry 'lab train --help'." && code == .usage)
}

@Test func `a usage error stands as it is, with status 2`() {
  let error = UsageError(.unexpectedArgument("x"), command: "lab train")
  let (text, code) = program().explain(error, in: "lab")
  #expect(text == error.description && code == .usage)
}

@Test func `a program's own errors have the status that it gives them`() {
  #expect(program().explain(CancellationError(), in: "lab").code == .usage)
}
