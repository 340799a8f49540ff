import Arguments
import Testing

@Test(arguments: ["--help", "-h", "help"])
func `a program's help lists its commands`(line: String) {
  #expect(
    answer(line) == """
      Train and show networks.

      Usage: lab <command> [options]

      Commands:
        train                Train a network and write it down, with everything needed
                             to repeat it.
        show                 Show what a network says.

      Options:
        -h, --help           Show this help and exit.
            --version        Show the version and exit.
            --generate KIND  Print a manual page (man, or man COMMAND) or a shell's
                             completions (complete-bash, complete-zsh or
                             complete-fish), and exit.

      """)
}

@Test(arguments: ["train --help", "train -h", "help train", "train --batch 0 --help"])
func `a command's help shows every option with its default`(line: String) {
  #expect(
    answer(line) == """
      Train a network and write it down, with everything needed to repeat it.

      Usage: lab train [options]

      Options:
        -b, --batch N             Images a step. (default: 32)
            --learning-rate RATE  The first step's size. (default: 0.001)
            --schedule NAME       How the rate falls. (default: cosine)
        -o, --out FILE            Where the network goes.
            --wait TIME           The longest pause between two lines of progress, in
                                  which nothing is printed. (default: 250ms;
                                  environment: LAB_WAIT)
        -q, --quiet               Print nothing. (environment: LAB_QUIET)
            --tag TEXT            Words for the card. (may be repeated)
        -h, --help                Show this help and exit.
            --version             Show the version and exit.

      Network:
            --host HOST           Host to report to. (default: localhost; environment:
                                  LAB_HOST)
            --port PORT           Port to report to. (default: 0)

      The same data, settings and seed give the same weights on the same kind of
      processor, whatever the number of threads.

      Example:
        lab train --batch 64 --out net.bin

      """)
}

@Test(arguments: [40, 60, 80, 200])
func `help is as wide as it may be`(columns: Int) throws {
  guard case .print(let text) = try program().parse(["train", "--help"], columns: columns) else {
    Issue.record("expected a text")
    return
  }
  // Examples stand as they are, and a word is not broken.
  let widest = text.split(separator: "\n").map(\.count).max() ?? 0
  #expect(widest <= max(columns, 45) && widest > min(columns, 120) - 20)
}

@Test func `the usage line names what is required`() {
  #expect(
    answer("show --help").contains("Usage: lab show [options] --model NAME <image>...\n"))
}

@Test func `help tells what an option means without its value`() {
  #expect(
    answer("show --help").contains(
      "    --watch [TIME]  Again and again. (without a value: 1s)\n"))
}

@Test(arguments: ["--version", "train --version"])
func `every command tells the program's version`(line: String) {
  #expect(answer(line) == "lab 1.2.3\n")
}
