import Arguments
import Testing

@Test(arguments: ["--help", "-h", "help"])
func `a program's help lists its commands`(line: String) {
  #expect(
    answer(line) == """
      Train and show networks.

      Usage: lab <command> [options]

      Commands:
        train          Train a network and write it down, with everything needed to
                       repeat it.
        show           Show what a network says.

      Options:
        -h, --help     Show this help and exit.
            --version  Show the version and exit.

      """)
}

@Test(arguments: ["train --help", "train -h", "help train", "train --batch 0 --help"])
func `a command's help shows every option with its default`(line: String) {
  #expect(
    answer(line) == """
      Train a network and write it down, with everything needed to repeat it.

      Usage: lab train [options]

      Network:
            --port PORT           Port to report to. (default: 0)

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

      Example:
        lab train --batch 64 --out net.bin

      """)
}

@Test func `the usage line names what is required`() {
  #expect(
    answer("show --help").contains("Usage: lab show [options] --model NAME <image>...\n"))
}

@Test func `help tells what an option means without its value`() {
  #expect(
    answer("show --help").contains(
      "    --watch [TIME]  Again and again. (1s where no value follows)\n"))
}

@Test(arguments: ["--version", "train --version"])
func `every command tells the program's version`(line: String) {
  #expect(answer(line) == "lab 1.2.3\n")
}
