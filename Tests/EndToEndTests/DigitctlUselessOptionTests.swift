import Testing

/// Options of `bench` that would do nothing are refused, even at their default.
@Suite(.timeLimit(.minutes(1))) struct DigitctlUselessOptionTests {
  @Test(arguments: [
    ("--arrivals constant", "--arrivals requires --rate, --ramp, --sweep rate or"),
    ("--arrivals poisson --trace t", "--arrivals requires --rate"),
    ("--arrivals poisson --sweep batch=1,2", "--arrivals requires --rate"),
    ("--late-after 1ms", "--late-after requires a schedule: --rate, --ramp, --trace"),
    ("--late-share 0.01 --scenario offline", "--late-share requires a schedule"),
    ("--rounds 20", "--rounds requires --pair"),
    ("--tolerance 0.02 --sweep batch=1,2", "--tolerance requires --pair"),
    ("--repeats 3 --rate 9", "--repeats requires --find-max-rate"),
    ("--precision 0.05", "--precision requires --find-max-rate"),
    ("--sweep rate=1,2 --rate 1", "--sweep rate already sets the rates, got --rate"),
    ("--sweep batch=1,2 --batch 1", "--sweep batch already sets the batches, got --batch"),
    ("--sweep concurrency=1,2 --pipeline 1", "sets how many requests are in flight, got --pipe"),
    ("--scenario single-stream --batch 1", "one request of one image in flight, got --batch"),
    ("--scenario multi-stream --connections 1", "eight images in flight, got --connections"),
    ("--scenario multi-stream --pipeline 1", "eight images in flight, got --pipeline"),
    ("--scenario server --rate 1 --batch 1", "sends single images as a Poisson process"),
    ("--scenario server --rate 1 --arrivals poisson", "process, got --arrivals"),
    ("--scenario offline --trace t", "--scenario offline already sets when requests are sent"),
    ("--find-max-rate --slo p99<1s --ramp 1:2:3s", "--find-max-rate itself sets the rates, got"),
    ("--sweep rate=1,2 --trace t", "--sweep rate already sets the rates, got --trace"),
    ("--sweep batch=1,2 --csv f", "--csv requires one load or --scenario"),
    ("--find-max-rate --slo p99<1s --report r", "--report requires one load, --scenario or"),
    ("--pair a:1 b:1 --csv f", "--csv requires one load or --scenario"),
    ("--pair a:1 b:1 --server c:1", "--pair already names both servers, got --server"),
  ])
  func `an option that would do nothing is refused`(line: String, reason: String) throws {
    let words = line.split(separator: " ").map(String.init)
    let outcome = try Program.digitctl.run(["bench", "--requests", "1"] + words)
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains(reason), "\(outcome.errors)")
  }
}
