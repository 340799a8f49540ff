/// The pieces of ink that make one digit.
struct Group {
  var pieces: [Component]
  var bounds: Rectangle

  init(_ piece: Component) {
    pieces = [piece]
    bounds = piece.bounds
  }

  var mass: Float { pieces.reduce(0) { $0 + $1.mass } }

  mutating func add(_ other: Group) {
    pieces += other.pieces
    bounds = bounds.union(other.bounds)
  }
}

/// The piece with the most ink, and the pieces close to it that are not specks: the bar of a 5,
/// the parts of a stroke that broke.
func mainGroup(_ pieces: [Component]) -> Group? {
  guard let main = pieces.max(by: { $0.mass < $1.mass }) else { return nil }
  var group = Group(main)
  for piece in pieces where piece.pixels != main.pixels {
    let isClose = piece.bounds.gap(to: main.bounds) * 4 <= main.bounds.side
    if isClose, piece.mass * 25 >= main.mass { group.add(Group(piece)) }
  }
  return group
}

/// Pieces above each other make one digit; the bar of a 5 may also stand off to the right.
func groupedSideBySide(_ pieces: [Component]) -> [Group] {
  let tallest = pieces.map(\.bounds.height).max() ?? 0
  var groups: [Group] = []
  for piece in pieces.sorted(by: { $0.mass > $1.mass }) {
    let isWhole = piece.bounds.height * 2 >= tallest
    let owner = groups.indices.first { index in
      belongs(piece.bounds, to: groups[index].bounds, isWhole: isWhole, tallest: tallest)
    }
    if let owner {
      groups[owner].add(Group(piece))
    } else {
      groups.append(Group(piece))
    }
  }
  return groups.filter { $0.bounds.height * 3 >= tallest }
}

private func belongs(
  _ piece: Rectangle, to digit: Rectangle, isWhole: Bool, tallest: Int
) -> Bool {
  let gap = piece.gap(to: digit)
  if isWhole {
    return piece.sharedWidth(digit) * 10 >= 7 * min(piece.width, digit.width)
      && gap * 8 <= digit.height
  }
  return gap * 8 <= tallest && piece.sharedWidth(digit) * 3 >= piece.width
    || gap * 14 <= digit.height
}

/// Rows from the top, what is in each from the left.
func rows<Item>(_ items: [Item], by bounds: (Item) -> Rectangle) -> [[Item]] {
  var rows: [[Item]] = []
  for item in items.sorted(by: { bounds($0).top < bounds($1).top }) {
    let row = rows.firstIndex { row in
      row.contains { bounds($0).sharedHeight(bounds(item)) * 2 >= bounds(item).height }
    }
    if let row { rows[row].append(item) } else { rows.append([item]) }
  }
  return rows.map { $0.sorted { bounds($0).left < bounds($1).left } }
}
