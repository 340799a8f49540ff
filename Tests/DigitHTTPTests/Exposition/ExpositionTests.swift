import DigitHTTP
import Testing

struct ExpositionTests {
  private func text(_ families: [MetricFamily], as format: ExpositionFormat) -> String {
    String(decoding: Exposition.text(families, as: format), as: UTF8.self)
  }

  private let families = [
    MetricFamily(
      "d_requests", "Requests.",
      .counter([
        .init([.init("model", "m"), .init("outcome", "answered")], .whole(18_446_744_073)),
        .init([.init("model", "m"), .init("outcome", "failed")], .whole(0)),
      ])),
    MetricFamily(
      "d_cpu_seconds", "Processor time.", unit: .seconds,
      .counter([.init([], .billionths(1_000_020_300))])),
    MetricFamily(
      "d_wait_seconds", "Waits.", unit: .seconds,
      .histogram([
        .init(
          [.init("model", "m")],
          HistogramValue(
            HistogramBounds([5e-6, 0.0001, 10]), counts: [2, 0, 3, 1], sum: .billionths(5)))
      ])),
    MetricFamily("d_open", "Open.", .gauge([.init([], .whole(7))])),
  ]

  @Test func `Prometheus' text has a counter's suffix in its family's name`() {
    #expect(
      text(families, as: .prometheus) == """
        # HELP d_requests_total Requests.
        # TYPE d_requests_total counter
        d_requests_total{model="m",outcome="answered"} 18446744073
        d_requests_total{model="m",outcome="failed"} 0
        # HELP d_cpu_seconds_total Processor time.
        # TYPE d_cpu_seconds_total counter
        d_cpu_seconds_total 1.0000203
        # HELP d_wait_seconds Waits.
        # TYPE d_wait_seconds histogram
        d_wait_seconds_bucket{model="m",le="5e-06"} 2
        d_wait_seconds_bucket{model="m",le="0.0001"} 2
        d_wait_seconds_bucket{model="m",le="10.0"} 5
        d_wait_seconds_bucket{model="m",le="+Inf"} 6
        d_wait_seconds_sum{model="m"} 0.000000005
        d_wait_seconds_count{model="m"} 6
        # HELP d_open Open.
        # TYPE d_open gauge
        d_open 7

        """)
  }

  @Test func `OpenMetrics names units, has a counter's suffix in its samples only, and ends`() {
    #expect(
      text(families, as: .openMetrics) == """
        # TYPE d_requests counter
        # HELP d_requests Requests.
        d_requests_total{model="m",outcome="answered"} 18446744073
        d_requests_total{model="m",outcome="failed"} 0
        # TYPE d_cpu_seconds counter
        # UNIT d_cpu_seconds seconds
        # HELP d_cpu_seconds Processor time.
        d_cpu_seconds_total 1.0000203
        # TYPE d_wait_seconds histogram
        # UNIT d_wait_seconds seconds
        # HELP d_wait_seconds Waits.
        d_wait_seconds_bucket{model="m",le="5e-06"} 2
        d_wait_seconds_bucket{model="m",le="0.0001"} 2
        d_wait_seconds_bucket{model="m",le="10.0"} 5
        d_wait_seconds_bucket{model="m",le="+Inf"} 6
        d_wait_seconds_sum{model="m"} 0.000000005
        d_wait_seconds_count{model="m"} 6
        # TYPE d_open gauge
        # HELP d_open Open.
        d_open 7
        # EOF

        """)
  }

  @Test(arguments: [
    (ExpositionFormat.prometheus, #"# HELP d a "b" \\ \n c"#),
    (.openMetrics, #"# HELP d a \"b\" \\ \n c"#),
  ])
  func `what would end a text early is escaped`(format: ExpositionFormat, help: String) {
    let family = MetricFamily(
      "d", "a \"b\" \\ \n c", .gauge([.init([.init("model", "é\"\\\n")], .whole(1))]))
    let lines = text([family], as: format).split(separator: "\n")
    #expect(lines.contains { $0 == help })
    #expect(lines.contains { $0 == #"d{model="é\"\\\n"} 1"# })
  }

  @Test(arguments: [
    (MetricNumber.whole(0), "0"), (.whole(10), "10"), (.whole(.max), "18446744073709551615"),
    (.billionths(0), "0.0"), (.billionths(1), "0.000000001"), (.billionths(500_000_000), "0.5"),
    (.billionths(12_000_000_000), "12.0"), (.billionths(.max), "18446744073.709551615"),
  ])
  func `numbers are written exactly`(number: MetricNumber, expected: String) {
    let text = text([MetricFamily("d", "D.", .gauge([.init([], number)]))], as: .prometheus)
    #expect(text.hasSuffix("\nd \(expected)\n"))
  }
}
