import DigitTop
import DigitWire
import Testing

/// The picture that `digitctl top` shows, without a terminal and without a server.
struct TopScreenTests {
  private func model(
    _ name: String, images: UInt64, answered: UInt64, refused: UInt64 = 0
  ) -> ModelStatistics {
    ModelStatistics(
      name: name, version: 1,
      entries: [
        .init("requests_answered", .counter, answered),
        .init("requests_refused", .counter, refused), .init("images", .counter, images),
      ],
      histograms: ["total", "queue", "compute"].map { name in
        .init(
          "\(name)_nanoseconds", sum: 1,
          buckets: [
            .init(upperBound: 1_000_000, count: answered * 9 / 10),
            .init(upperBound: 50_000_000, count: answered - answered * 9 / 10),
          ])
      })
  }

  private func reply(_ seconds: UInt64, _ models: [ModelStatistics]) -> StatsReply {
    StatsReply(
      uptimeMicroseconds: seconds * 1_000_000,
      entries: [
        .init("images_queued", .gauge, 17), .init("queue_age_microseconds", .gauge, 4_200),
        .init("requests_received", .counter, seconds * 100),
      ], models: models)
  }

  private func watched() -> TopState {
    var state = TopState(address: "127.0.0.1:7311")
    for second in UInt64(1)...20 {
      state.take(
        reply(
          second,
          [
            model("ensemble", images: second * 640, answered: second * 100, refused: second * 3),
            model("a-model-whose-name-is-rather-long", images: 0, answered: 0),
          ]))
    }
    return state
  }

  private func lines(_ state: TopState, columns: Int, rows: Int) -> [String] {
    TopScreen.lines(state, columns: columns, rows: rows).map(\.text)
  }

  @Test(arguments: [40, 80, 200])
  func `no line is wider than the terminal, and each model has one`(columns: Int) {
    let lines = self.lines(watched(), columns: columns, rows: 50)
    #expect(lines.allSatisfy { $0.count <= columns }, "\(lines)")
    #expect(lines.count { $0.hasPrefix("ensemble v1") } == 1, "\(lines)")
    #expect(lines.count { $0.hasPrefix("a-model-who") } == 1, "\(lines)")
    #expect(lines.contains { $0.contains("640") && $0.contains("50.0 ms") }, "\(lines)")
    #expect(self.lines(watched(), columns: columns, rows: 3).count == 3)
  }

  @Test func `a wide terminal shows rates, percentiles of each stage, and the last minute`() {
    let lines = self.lines(watched(), columns: 200, rows: 50)
    let text = lines.joined(separator: "\n")
    #expect(text.contains("127.0.0.1:7311  up 20.0 s"), "\(text)")
    #expect(text.contains("17 images queued, oldest 4.20 ms"), "\(text)")
    let row = lines.first { $0.hasPrefix("ensemble") }
    let words = row?.split(separator: " ").map(String.init) ?? []
    #expect(Array(words.prefix(5)) == ["ensemble", "v1", "640", "103", "3.0"], "\(text)")
    #expect(words.count { $0 == "50.0" } == 3, "\(text)")
    #expect(row?.hasSuffix("████████████████████") == true, "\(text)")
  }

  @Test func `a server that goes away is told, and one that comes back counts anew`() {
    var state = watched()
    state.lose("the connection ended")
    let lost = lines(state, columns: 200, rows: 50)
    #expect(lost[0].contains("NOT ANSWERING, trying again: the connection ended"), "\(lost)")
    #expect(lost.contains { $0.hasPrefix("ensemble") }, "what was known is shown")
    state.take(reply(2, [model("ensemble", images: 20, answered: 4)]))
    #expect(state.contact == .answering)
    #expect(state.models.map(\.images) == [10])
    let back = lines(state, columns: 200, rows: 50)
    #expect(!back[0].contains("NOT ANSWERING"), "\(back)")
  }

  @Test func `what a server calls its models cannot move the cursor`() {
    var state = TopState(address: "unix:a\u{1B}[2J")
    state.take(reply(1, [model("m\u{1B}[2J\u{9B}H", images: 1, answered: 1)]))
    let text = lines(state, columns: 80, rows: 50).joined()
    #expect(
      text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
  }

  @Test func `a server that tells nothing of its models is said to`() {
    var state = TopState(address: "a:1")
    #expect(lines(state, columns: 80, rows: 9)[0] == "a:1: no answer yet")
    state.take(reply(1, []))
    #expect(
      lines(state, columns: 80, rows: 9).last
        == "this server tells nothing of its models")
  }

  @Test func `percentiles are those of what has come since, rounded up to a bound`() {
    func histogram(_ counts: [UInt64]) -> ModelStatistics.Histogram {
      .init(
        "total_nanoseconds", sum: 0,
        buckets: zip([10, 20, .max], counts).map { .init(upperBound: $0, count: $1) })
    }
    #expect(Quantiles(histogram([0, 0, 0])) == nil)
    let all = Quantiles(histogram([50, 49, 1]))
    #expect(all?.p50 == 10 && all?.p90 == 20 && all?.p99 == 20)
    let since = Quantiles(histogram([50, 49, 3]), since: histogram([50, 49, 1]))
    #expect(since?.p50 == .max)
  }
}
