import DigitCharts
import Foundation
import Testing

private let map = HeatMap(
  title: "Matrix", xTitle: "read", yTitle: "true", scaleTitle: "images", columnNames: ["a", "b"],
  rowNames: ["a", "b"],
  cells: [
    [.init("7", heat: nil), .init("", heat: 0)], [.init("2", heat: 2), .init("9", heat: nil)],
  ])

private func plot(
  _ points: [Plot.Point?], _ style: Plot.Style = .markedLine, x: Plot.Axis = .init("epoch"),
  y: Plot.Axis = .init("loss", minimum: 0), bound: Plot.Mark? = nil
) -> Plot {
  Plot(
    title: "Loss", x: x, y: y, series: [.init("training", style, .blue, points: points)],
    bound: bound)
}

private func file(_ charts: Chart...) -> String {
  String(
    decoding: SVGDrawing.file(Figure(charts, width: 600, height: 300)), as: UTF8.self)
}

/// The attributes so named of the elements so named, as numbers.
private func numbers(_ attribute: String, of element: String, in svg: String) -> [Double] {
  svg.split(separator: "<").filter { $0.hasPrefix(element + " ") }.compactMap { text in
    text.firstMatch(of: try! Regex("\(attribute)=\"([-0-9.]+)\"", as: (Substring, Substring).self))
      .flatMap { Double($0.1) }
  }
}

@Suite struct SVGTests {
  @Test func `a file is well-formed and holds the words as text`() throws {
    let svg = file(.plot(plot([.init(1, 0.5), .init(2, 0.25)])), .heatMap(map))
    for word in ["Loss", "loss", "epoch", "training", "Matrix", "2 images"] {
      #expect(svg.contains(">\(word)</text>"), "\(word)")
    }
    #expect(XMLBalance(svg).isBalanced)
  }

  @Test func `words are drawn as they are, whatever they would mean to XML`() {
    var hostile = plot([.init(1, 1)])
    hostile.title = "a<b>&\"c\"\u{1b}[2J"
    let svg = file(.plot(hostile))
    #expect(svg.contains(#">a&lt;b&gt;&amp;&quot;c&quot;\u{1b}[2J</text>"#))
    #expect(XMLBalance(svg).isBalanced)
  }

  @Test func `a higher value stands higher, and a later one further to the right`() {
    let svg = file(.plot(plot([.init(1, 1), .init(2, 3), .init(3, 2)])))
    // The first circle is the key's.
    let (xs, ys) = (
      numbers("cx", of: "circle", in: svg).dropFirst(),
      numbers("cy", of: "circle", in: svg).dropFirst()
    )
    #expect(xs.sorted() == Array(xs) && Set(xs).count == 3)
    #expect(ys[2] < ys[3] && ys[3] < ys[1])
  }

  @Test func `each power of ten is as far from the next on a logarithmic axis`() {
    let axis = Plot.Axis("ms", isLogarithmic: true)
    let svg = file(.plot(plot([.init(1, 1), .init(2, 10), .init(3, 100)], y: axis)))
    let ys = numbers("cy", of: "circle", in: svg).dropFirst()
    #expect(abs((ys[1] - ys[2]) - (ys[2] - ys[3])) < 0.2)
    for mark in ["1", "10", "100"] { #expect(svg.contains(">\(mark)</text>")) }
  }

  @Test func `the axis is long enough for a bound, which has its name`() {
    let axis = Plot.Axis("ms", isLogarithmic: true)
    let bound = Plot.Mark(50, "p99<50ms")
    let svg = file(.plot(plot([.init(1, 1), .init(2, 2)], y: axis, bound: bound)))
    #expect(svg.contains(">p99&lt;50ms</text>") && svg.contains(">50</text>"))
    #expect(svg.contains("class=\"dashed red\""))
  }

  @Test func `a line has a gap where a point is missing, and a lone point is a mark`() {
    let svg = file(.plot(plot([.init(1, 2), .init(2, 2), nil, .init(5, 3)], .line)))
    // One in the key, one for the stretch of two.
    #expect(svg.components(separatedBy: "<polyline").count - 1 == 2)
    #expect(svg.components(separatedBy: "<circle").count - 1 == 1)
  }

  @Test func `labels stand at their points, and none over another`() {
    let points = [
      Plot.Point(1, 1, label: "one"), .init(1.001, 1, label: "same place"),
      .init(2, 2, label: "two"),
    ]
    let svg = file(.plot(plot(points)))
    #expect(svg.contains(">one</text>") && svg.contains(">two</text>"))
    #expect(!svg.contains("same place"))
  }

  @Test func `within a page each chart is there for every width of window, texts as large`() {
    let parts = SVGDrawing.inline(
      Figure([.plot(plot([.init(1, 1)])), .heatMap(map)], width: 600, height: 300))
    #expect(parts.count == 2)
    for part in parts {
      let classes = part.matches(of: /<svg class="chart ([a-z ]+)"/).flatMap { match in
        match.1.split(separator: " ")
      }
      #expect(classes.sorted() == ["middle", "narrow", "wide"])
      let widths = part.matches(of: /width="(\d+)" height="\d+" viewBox="0 0 (\d+)/)
      #expect(widths.allSatisfy { $0.1 == $0.2 })
      #expect(widths.compactMap { Int($0.1) }.min() ?? 999 <= 328)
    }
  }

  @Test(arguments: [(0.0, 1.0), (1, 1), (-3, 3), (0, 123_456), (1e-6, 2e-6), (5, 1e9)])
  func `marks of an even axis are few, round and within it`(lower: Double, upper: Double) {
    let svg = file(.plot(plot([.init(lower, 1), .init(upper, 2)])))
    let marks = svg.matches(of: /class="quiet" [^>]*text-anchor="middle">([-0-9.,]+)</)
      .compactMap { Double($0.1.replacing(",", with: "")) }
    #expect((2...12).contains(marks.count), "\(marks)")
    #expect(marks == marks.sorted() && Set(marks).count == marks.count)
  }
}

/// Whether each element that begins also ends, in order.
private struct XMLBalance {
  let isBalanced: Bool

  init(_ text: String) {
    var open: [Substring] = []
    for match in text.matches(of: /<(\/?)([a-z]+)[^<>]*?(\/?)>/) {
      if !match.3.isEmpty { continue }
      if match.1.isEmpty {
        open.append(match.2)
      } else if open.popLast() != match.2 {
        isBalanced = false
        return
      }
    }
    isBalanced = open.isEmpty
  }
}
