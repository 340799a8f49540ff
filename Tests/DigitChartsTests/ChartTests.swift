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
    let png = [UInt8](try Gnuplot().draw(pair, as: .png))
    #expect(png.starts(with: [0x89, 0x50, 0x4e, 0x47]))
    let size = [16, 20].map { png[$0..<$0 + 4].reduce(0) { $0 << 8 | Int($1) } }
    #expect(size == [1_200, 600])
  }

  @Test func `an SVG holds the words as text`() throws {
    let svg = String(decoding: try Gnuplot().draw(pair, as: .svg), as: UTF8.self)
    #expect(svg.contains("<svg") && svg.contains("</svg>"))
    for word in ["Loss", "cross-entropy, nats", "training", "Matrix", "images"] {
      #expect(svg.contains(word), "\(word)")
    }
  }

  @Test func `words are drawn as they are, whatever they would mean to gnuplot`() throws {
    var hostile = plot
    hostile.title = "it's_{x}^2 `date` \"q\" @m\n; system('touch x') %d"
    hostile.series[0].name = "a\\nb"
    let figure = Figure([.plot(hostile)], width: 300, height: 200)
    let svg = String(decoding: try Gnuplot().draw(figure, as: .svg), as: UTF8.self)
    #expect(svg.contains("_{x}^2 `date`"))
    #expect(svg.contains("; system("))
  }

  @Test func `marks stand at their places, a percent sign among them`() throws {
    var marked = plot
    marked.x.marks = [Plot.Mark(1, "half: 50 %"), Plot.Mark(2, "%d of all")]
    let figure = Figure([.plot(marked)], width: 300, height: 200)
    let svg = String(decoding: try Gnuplot().draw(figure, as: .svg), as: UTF8.self)
    #expect(svg.contains("half: 50 %<") && svg.contains("%d of all<"))
  }

  @Test(arguments: [false, true], PictureFormat.allCases)
  func `a figure without points is an empty frame`(
    isLogarithmic: Bool, format: PictureFormat
  ) throws {
    let empty = Plot(
      title: "Nothing", x: .init("x", minimum: isLogarithmic ? 1 : 0),
      y: .init("y", isLogarithmic: isLogarithmic),
      series: [.init("none", .line, .blue, points: [])])
    let figure = Figure([.plot(empty), .plot(plot)], width: 300, height: 200)
    let picture = try Gnuplot().draw(figure, as: format)
    if format == .svg {
      #expect(String(decoding: picture, as: UTF8.self).contains("Nothing"))
    }
  }

  @Test func `what gnuplot cannot draw is an error in its words`() throws {
    var hopeless = plot
    hopeless.x.minimum = .nan
    let error = #expect(throws: ChartError.self) {
      try Gnuplot().draw(Figure([.plot(hopeless)], width: 300, height: 200), as: .svg)
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
    let script = GnuplotScript(Figure([.plot(plot)], width: 300, height: 200), as: .svg).text
    #expect(script.contains("set title 'Loss'"))
    #expect(script.contains("set yrange [0.0:*]"))
    #expect(script.contains("set xtics 1.0"))
    #expect(script.contains("$series0 << END\n1.0 0.5\n2.0 0.25\nEND\n"))
  }

  @Test func `names with control characters are shown escaped and stay within their command`() {
    var hostile = plot
    hostile.title = "a\u{1b}[2J\nset output 'x'"
    var cells = map
    cells.cells[0][0].text = "7\u{7}\n8"
    let figure = Figure([.plot(hostile), .heatMap(cells)], width: 300, height: 200)
    let script = GnuplotScript(figure, as: .svg).text
    #expect(script.contains(#"set title 'a\u{1b}[2J\nset output ''x'''"#))
    #expect(script.contains("0 0 \"7u{7}n8\""))
    #expect(!script.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
  }

  @Test func `a line has a gap where a point is missing`() {
    var broken = plot
    broken.series = [
      .init("p99", .line, .blue, points: [nil, .init(1, 2), .init(2, 2), nil, nil, .init(5, 3)])
    ]
    let script = GnuplotScript(Figure([.plot(broken)], width: 300, height: 200), as: .svg).text
    #expect(script.contains("$series0 << END\n1.0 2.0\n2.0 2.0\n\n5.0 3.0\nEND\n"))
  }

  @Test func `a cell without a place on the scale is left to the ground`() {
    let script = GnuplotScript(Figure([.heatMap(map)], width: 300, height: 200), as: .svg).text
    #expect(script.contains("0 0 NaN\n1 0 0.0\n0 1 2.0\n1 1 NaN\n"))
    #expect(script.contains("set cbrange [0:2.0]"))
  }
}
