extension Group {
  /// Whether it can be a digit by its shape: no digit is a level bar, and the edges of ink are
  /// sharp beside those of shadows, creases and what is out of focus.
  ///
  /// - Parameter scale: working pixels for each of the picture; where it is more than one, edges
  ///   are as much wider.
  func looksWritten(in ink: Plane, scale: Double) -> Bool {
    guard bounds.width * 2 <= bounds.height * 7 else { return false }
    return Double(edgeWidth(in: ink)) <= 3.5 * max(1, scale)
  }

  /// How far ink falls from 3/4 to 9/20 of its full strength, in pixels across its edges.
  private func edgeWidth(in ink: Plane) -> Float {
    let area = ink.cropped(to: bounds.grown(by: 6))
    let levels = pieces.flatMap { piece in piece.pixels.map { ink.values[$0] } }.sorted()
    let full = levels[levels.count * 3 / 4]
    let weak = area.values.count { $0 >= 0.45 * full }
    let strong = area.values.count { $0 >= 0.75 * full }
    let length = area.outlineLength(level: 0.5 * full)
    return length == 0 ? 0 : Float(weak - strong) / length
  }
}
