import DigitCharts
import Foundation
import Testing

private let plot = Plot(
  title: "Loss", x: .init("epoch", step: 1), y: .init("cross-entropy, nats", minimum: 0),
  series: [
    .init("training", .markedLine, .blue, points: [.init(1, 0.5), .init(2, 0.25)]),
    .init(nil, .guide, .grey, points: [.init(1, 0.3), .init(2, 0.3)]),
  ])
private let map = HeatMap(
  title: "Matrix", xTitle: "read", yTitle: "true", scaleTitle: "images", columnNames: ["a", "b"],
  rowNames: ["a", "b"],
  cells: [
    [.init("7", heat: nil), .init("", heat: 0)], [.init("2", heat: 2), .init("9", heat: nil)],
  ])
private let pair = Figure([.plot(plot), .heatMap(map)], width: 600, height: 300)

/// They need gnuplot, as the program does where it draws.
@Suite struct DrawingTests {
  @Test func `a PNG has twice as many pixels as the figure has points`() throws {
    let png = [UInt8](try Gnuplot().draw(pair))
    #expect(png.starts(with: [0x89, 0x50, 0x4e, 0x47]))
    let size = [16, 20].map { png[$0..<$0 + 4].reduce(0) { $0 << 8 | Int($1) } }
    #expect(size == [1_200, 600])
  }

  @Test(arguments: [false, true])
  func `a figure without points is an empty frame`(isLogarithmic: Bool) throws {
    let empty = Plot(
      title: "Nothing", x: .init("x", minimum: isLogarithmic ? 1 : 0),
      y: .init("y", isLogarithmic: isLogarithmic),
      series: [.init("none", .line, .blue, points: [])])
    let figure = Figure([.plot(empty), .plot(plot)], width: 300, height: 200)
    #expect(!(try Gnuplot().draw(figure)).isEmpty)
    #expect(String(decoding: SVGDrawing.file(figure), as: UTF8.self).contains("Nothing"))
  }

  @Test func `what gnuplot cannot draw is an error in its words`() throws {
    var hopeless = plot
    hopeless.x.minimum = .nan
    let error = #expect(throws: ChartError.self) {
      try Gnuplot().draw(Figure([.plot(hopeless)], width: 300, height: 200))
    }
    guard case .gnuplotFailed(let reason) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(!reason.isEmpty)
  }
}

@Suite struct MissingGnuplotTests {
  @Test func `without gnuplot it is said what to install`() {
    let error = #expect(throws: ChartError.gnuplotMissing) { try Gnuplot(path: "/nowhere::/none") }
    #expect(error?.description.contains("apt-get install gnuplot-nox") == true)
  }
}

@Suite struct GnuplotScriptTests {
  @Test func `numbers go in as they are, axes with their ranges and steps`() {
    let script = GnuplotScript(Figure([.plot(plot)], width: 300, height: 200)).text
    #expect(script.contains("set title 'Loss'"))
    #expect(script.contains("set yrange [0.0:*]"))
    #expect(script.contains("set xtics 1.0"))
    #expect(script.contains("$series0 << END\n1.0 0.5\n2.0 0.25\nEND\n"))
  }

  @Test func `a bound and a point's label are drawn`() {
    var bounded = plot
    bounded.bound = Plot.Mark(0.4, "p99<5ms")
    bounded.series[0].stretches[0][1].label = "16"
    let script = GnuplotScript(Figure([.plot(bounded)], width: 300, height: 200)).text
    #expect(script.contains("0.4 with lines dashtype 2"))
    #expect(script.contains("set label '16' at first 2.0, first 0.25"))
  }

  @Test func `names with control characters are shown escaped and stay within their command`() {
    var hostile = plot
    hostile.title = "a\u{1b}[2J\nset output 'x'"
    var cells = map
    cells.cells[0][0].text = "7\u{7}\n8"
    let figure = Figure([.plot(hostile), .heatMap(cells)], width: 300, height: 200)
    let script = GnuplotScript(figure).text
    #expect(script.contains(#"set title 'a\u{1b}[2J\nset output ''x'''"#))
    #expect(script.contains("0 0 \"7u{7}n8\""))
    #expect(!script.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
  }

  @Test func `a line has a gap where a point is missing`() {
    var broken = plot
    broken.series = [
      .init("p99", .line, .blue, points: [nil, .init(1, 2), .init(2, 2), nil, nil, .init(5, 3)])
    ]
    let script = GnuplotScript(Figure([.plot(broken)], width: 300, height: 200)).text
    #expect(script.contains("$series0 << END\n1.0 2.0\n2.0 2.0\n\n5.0 3.0\nEND\n"))
  }

  @Test func `a cell without a place on the scale is left to the ground`() {
    let script = GnuplotScript(Figure([.heatMap(map)], width: 300, height: 200)).text
    #expect(script.contains("0 0 NaN\n1 0 0.0\n0 1 2.0\n1 1 NaN\n"))
    #expect(script.contains("set cbrange [0:2.0]"))
  }
}
