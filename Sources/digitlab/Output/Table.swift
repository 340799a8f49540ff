/// A table as text: the first column to the left, the others to the right.
struct Table {
  var names: [String]
  var rows: [[String]]

  var text: String {
    let lines = [names] + rows
    let widths = names.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { cells in
      let padded = cells.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - cells[column].count)
        return column == 0 ? cells[column] + space : space + cells[column]
      }
      return padded.joined(separator: "  ") + "\n"
    }.joined()
  }
}
