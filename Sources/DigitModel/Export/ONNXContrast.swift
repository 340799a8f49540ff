extension ONNXGraph {
  /// Adds what `ContrastLine` does to each image of `ink` [batch, 1, height, width].
  mutating func contrast(of ink: String, height: Int, width: Int) -> String {
    let count = height * width
    let pixels = node("Reshape", [ink, constant([0, count])])
    let scaled = node("Mul", [pixels, constant([255], shape: [1])])
    let levels = node("Floor", [node("Add", [scaled, constant([0.5], shape: [1])])])
    let frame = (0..<count).filter { pixel in
      let (y, x) = (pixel / width, pixel % width)
      return y == 0 || y == height - 1 || x == 0 || x == width - 1
    }
    let framed = node("Gather", [levels, constant(frame)], [("axis", .int(1))])
    let ground = extreme(of: framed, rank: (frame.count + 1) / 2, largest: false)
    let tail = count * 2 / 100 + 1
    let low = node("Sub", [extreme(of: levels, rank: tail, largest: false), ground])
    let high = node("Sub", [extreme(of: levels, rank: tail, largest: true), ground])
    let isLight = node("GreaterOrEqual", [high, node("Neg", [low])])
    let range = node(
      "Where",
      [
        isLight, node("Max", [high, constant([8.0 / 255], shape: [1])]),
        node("Min", [low, constant([-8.0 / 255], shape: [1])]),
      ])
    let ratio = node("Div", [node("Sub", [pixels, ground]), range])
    let kept = node("Clip", [ratio, constant([0], shape: []), constant([1], shape: [])])
    return node("Reshape", [kept, constant([0, 1, height, width])])
  }

  /// The level, 0…1, of this rank from one end: [batch, 1].
  private mutating func extreme(of levels: String, rank: Int, largest: Bool) -> String {
    let sorted = node(
      "TopK", [levels, constant([rank])],
      [("axis", .int(1)), ("largest", .int(largest ? 1 : 0)), ("sorted", .int(1))],
      outputs: 2)
    let last = node("Gather", [sorted, constant([rank - 1])], [("axis", .int(1))])
    return node("Div", [last, constant([255], shape: [1])])
  }
}
