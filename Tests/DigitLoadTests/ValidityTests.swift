import DigitLoad
import Testing

struct ValidityTests {
  @Test(arguments: [
    (0.01, 300, 3), (0.01, 299, 2), (0.07, 100, 7), (0.29, 100, 29), (0, 1_000, 0), (1, 7, 7),
    (0.1725, 400, 69),
  ])
  func `exactly the allowed fraction of late requests is allowed`(
    share: Double, count: Int, allowed: Int
  ) {
    var bounds = ScheduleBounds()
    bounds.lateShareMax = share
    #expect(bounds.lateCountMax(of: count) == allowed)
  }

  @Test func `an invalid load says what came, what is allowed and what to do`() {
    let late = Invalidity.late(69, of: 400, ScheduleBounds())
    #expect(
      "\(late)"
        == "69 of 400 requests (17.25 %) were sent more than 1.00 ms late by the client "
        + "(allowed: 1.00 %)")
    for (busy, waiting, remedy) in [
      (0.1, 0.3, "waited for a processor 30.00 %"), (0.9, 0, "--threads"), (0.1, 0, "run it again"),
    ] {
      let text = late.remedy(ProcessorUse(busy: busy, waiting: waiting))
      #expect(text?.contains(remedy) == true)
    }
    let idle = ProcessorUse(busy: 0, waiting: 0)
    #expect(Invalidity.neverSent(1, of: 2).remedy(idle)?.contains("--pipeline") == true)
  }
}
