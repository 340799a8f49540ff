import PlainText

/// A row for each model, with as many columns as the terminal has room for.
package struct ModelTable {
  private let state: TopState
  private let columns: Int

  package init(_ state: TopState, columns: Int) {
    self.state = state
    self.columns = columns
  }

  private struct Column {
    let title: String
    let width: Int
    /// The lowest are left out last where there is not room for all.
    var rank = 0
    let text: (ModelActivity) -> String
  }

  private static let nameWidthMin = 12
  private static let barsWidthMin = 22

  package var lines: [ScreenLine] {
    guard !state.models.isEmpty else {
      return state.last == nil ? [] : [ScreenLine("this server tells nothing of its models")]
    }
    let shown = shownColumns
    let used = shown.reduce(0) { $0 + 1 + $1.width }
    let nameWidth = max(Self.nameWidthMin, min(longestLabel, columns - used))
    let sparkWidth = min(columns - used - nameWidth - 2, 60)
    let title = padded("MODEL", nameWidth) + shown.map { " " + right($0.title, $0.width) }.joined()
    let rows = state.models.map { model in
      let cells = shown.map { " " + right($0.text(model), $0.width) }.joined()
      let spark = sparkWidth < 8 ? "" : "  " + sparkline(state.history(of: model), sparkWidth)
      return padded(fitted(label(model), columns: nameWidth), nameWidth) + cells + spark
    }
    let heading = title + (sparkWidth < 8 ? "" : "  IMAGES/S")
    return [ScreenLine(padded(heading, columns), .heading)] + rows.map { ScreenLine($0) }
  }

  private var longestLabel: Int { state.models.map { label($0).count }.max() ?? 0 }

  private func label(_ model: ModelActivity) -> String {
    "\(model.name.escaped) v\(model.version)"
  }

  /// Of the totals those that fit, and the stages where there is room for the bars beside them.
  private var shownColumns: [Column] {
    let totals = Self.totals
    var room = columns - Self.nameWidthMin
    let fitting = totals.indices.sorted { totals[$0].rank < totals[$1].rank }.prefix { index in
      room -= 1 + totals[index].width
      return room >= 0
    }
    guard fitting.count == totals.count else { return fitting.sorted().map { totals[$0] } }
    room -= max(0, longestLabel - Self.nameWidthMin) + Self.barsWidthMin
    let stages = [Self.quantiles("QUEUE", \.queue), Self.quantiles("COMP", \.compute)]
    return totals
      + stages.prefix { columns in
        room -= columns.reduce(0) { $0 + 1 + $1.width }
        return room >= 0
      }.joined()
  }

  private static var totals: [Column] {
    [
      Column(title: "IMG/S", width: 7, rank: 0) { TopScreen.rate($0.images) },
      Column(title: "REQ/S", width: 7, rank: 2) { TopScreen.rate($0.requests) },
      Column(title: "LOST/S", width: 7, rank: 3) { TopScreen.rate($0.unanswered) },
      Column(title: "p50", width: 8, rank: 4) { TopScreen.time($0.total?.p50) },
      Column(title: "p90", width: 8, rank: 5) { TopScreen.time($0.total?.p90) },
      Column(title: "p99", width: 8, rank: 1) { TopScreen.time($0.total?.p99) },
    ]
  }

  private static func quantiles(
    _ name: String, _ quantiles: @escaping (ModelActivity) -> Quantiles?
  ) -> [Column] {
    [
      Column(title: "\(name) p50", width: 9) { TopScreen.time(quantiles($0)?.p50) },
      Column(title: "p90", width: 8) { TopScreen.time(quantiles($0)?.p90) },
      Column(title: "p99", width: 8) { TopScreen.time(quantiles($0)?.p99) },
    ]
  }
}

/// The last `width` values as bars, the highest of them full.
func sparkline(_ values: [Double], _ width: Int) -> String {
  let bars = Array(" ▁▂▃▄▅▆▇█")
  let shown = values.suffix(width)
  let highest = shown.max() ?? 0
  return String(
    shown.map { value in
      guard highest > 0, value > 0 else { return bars[0] }
      return bars[max(1, Int((value / highest * Double(bars.count - 1)).rounded()))]
    })
}

private func padded(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.count))
}

private func right(_ text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(0, width - text.count)) + text
}
