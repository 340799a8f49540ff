/// A table as text: the first column to the left, the others to the right.
package struct Table {
  package var names: [String]
  package var rows: [[String]]

  package init(names: [String], rows: [[String]]) {
    self.names = names
    self.rows = rows
  }

  package var text: String {
    let lines = ([names] + rows).map { $0.map(\.escaped) }
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

/// Rows under each other, every column to the left and as wide as its widest cell.
package func table(_ rows: [[String]]) -> String {
  let rows = rows.map { $0.map(\.escaped) }
  let columnCount = rows.map(\.count).max() ?? 0
  let widths = (0..<columnCount).map { column in rows.map { $0[column].count }.max() ?? 0 }
  return rows.map { row in
    let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
    let line = cells.joined(separator: "  ")
    return String(line.reversed().drop { $0 == " " }.reversed())
  }.joined(separator: "\n")
}
