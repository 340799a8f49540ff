import DigitModel
import Testing

@Suite struct SlidingWindowTests {
  @Test func `positions are those where the window lies within the padded map`() {
    for size in 1...5 {
      for stride in 1...4 {
        for padding in 0..<size {
          for extent in max(1, size - 2 * padding)...12 {
            let window = SlidingWindow(size: size, stride: stride, padding: padding)
            let last = extent + padding - size
            let positions = (-padding...last).filter { ($0 + padding) % stride == 0 }
            #expect(window.positionCount(along: extent) == positions.count, "\(window)")
          }
        }
      }
    }
  }

  @Test func `a convolution's window is padded, a pooling's is not`() {
    let convolution = Convolution(filters: 8, kernel: 5, stride: 2, padding: 1)
    #expect(convolution.window == SlidingWindow(size: 5, stride: 2, padding: 1))
    #expect(convolution.window.positionCount(along: 28) == 13)
    let pooling = Pooling(.maximum, size: 3, stride: 2)
    #expect(pooling.window == SlidingWindow(size: 3, stride: 2))
    #expect(pooling.window.positionCount(along: 28) == 13)
  }
}
