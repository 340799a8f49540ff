/// The pieces of ink that may be writing: not tiny, not most of the picture, and not at the border
/// unless everything is.
struct Writing {
  let pieces: [Component]
  /// The ink of all pieces that are not at the border, the tiny ones too.
  let mass: Float

  /// Nil where nothing stands out of the ground.
  ///
  /// What lies at the border may be darker than the writing, a table's edge or a thumb: the
  /// threshold is looked for again without it.
  init?(on ink: Plane) {
    let threshold = Threshold(ink)
    guard threshold.isClear else { return nil }
    let all = ink.components(low: threshold.low, high: threshold.high)
    let border = all.filter(\.touchesBorder)
    var rest = ink
    for place in border.lazy.flatMap(\.places) { rest.values[place] = 0 }
    let second = border.isEmpty ? threshold : Threshold(rest)
    let inner = rest.components(low: second.low, high: second.high).filter { !$0.touchesBorder }
    let side = min(ink.width, ink.height)
    let written = inner.filter { isWritten($0, in: ink) && second.peak >= 0.3 * threshold.peak }
    if written.contains(where: { $0.bounds.height * 12 >= side }) {
      pieces = written
      mass = inner.reduce(0) { $0 + $1.mass }
    } else {
      pieces = all.filter { isWritten($0, in: ink) }
      mass = all.reduce(0) { $0 + $1.mass }
    }
  }
}

private func isWritten(_ piece: Component, in ink: Plane) -> Bool {
  piece.bounds.side * 25 >= min(ink.width, ink.height) && piece.area >= 6
    && piece.area * 2 < ink.values.count
}
