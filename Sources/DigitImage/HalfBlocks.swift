extension Sequence<UInt8> {
  /// Lines of text that show pixels in rows of `width`, ink high: two rows a line, by half blocks.
  package func halfBlocks(width: Int) -> [String] {
    let pixels = Array(self)
    let isInk = { (x: Int, y: Int) in
      let index = y * width + x
      return index < pixels.count && pixels[index] >= 96
    }
    return stride(from: 0, to: pixels.count / width, by: 2).map { y in
      (0..<width).map { x in
        switch (isInk(x, y), isInk(x, y + 1)) {
        case (true, true): "█"
        case (true, false): "▀"
        case (false, true): "▄"
        case (false, false): " "
        }
      }.joined()
    }
  }
}
