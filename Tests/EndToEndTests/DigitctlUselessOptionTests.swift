import Testing

/// Options of `bench` that would do nothing are refused, even at their default.
@Suite(.timeLimit(.minutes(1))) struct DigitctlUselessOptionTests {
  @Test(arguments: [
    ("--arrivals constant", "--arrivals is of use only with --rate, --ramp, --sweep rate or"),
    ("--arrivals poisson --trace t", "--arrivals is of use only with"),
    ("--arrivals poisson --sweep batch=1,2", "--arrivals is of use only with"),
    ("--late-after 1ms", "--late-after is of use only with a schedule: --rate, --ramp, --trace"),
    ("--late-share 0.01 --scenario offline", "--late-share is of use only with a schedule"),
    ("--rounds 20", "--rounds is of use only with --pair"),
    ("--tolerance 0.02 --sweep batch=1,2", "--tolerance is of use only with --pair"),
    ("--repeats 3 --rate 9", "--repeats is of use only with --find-max-rate"),
    ("--precision 0.05", "--precision is of use only with --find-max-rate"),
    ("--sweep rate=1,2 --rate 1", "--sweep rate says itself what the rates are, got --rate"),
    ("--sweep batch=1,2 --batch 1", "--sweep batch says itself what the batches are"),
    ("--sweep concurrency=1,2 --pipeline 1", "says itself how many requests are in flight"),
    ("--scenario single-stream --batch 1", "one request of one image in flight, got --batch"),
    ("--scenario multi-stream --connections 1", "eight images in flight, got --connections"),
    ("--scenario multi-stream --pipeline 1", "eight images in flight, got --pipeline"),
    ("--scenario server --rate 1 --batch 1", "sends single images as a Poisson process"),
    ("--scenario server --rate 1 --arrivals poisson", "process, got --arrivals"),
    ("--pair a b --server c", "--pair names both servers itself, got --server"),
  ])
  func `an option that would do nothing is refused`(line: String, reason: String) throws {
    let words = line.split(separator: " ").map(String.init)
    let outcome = try Program.digitctl.run(["bench", "--requests", "1"] + words)
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains(reason), "\(outcome.errors)")
  }
}
