import DigitKernels
import Testing

@Suite struct CurveTests {
  static let counts = [1, 2, 3, 4, 5, 10, 15, 16, 17, 31, 33, 100]

  @Test(arguments: KernelTable.all, [Curve.relu, .tanh, .sigmoid])
  func `a curve agrees with the reference at every length`(kernels: KernelTable, curve: Curve) {
    for count in Self.counts {
      let x = noise(count, seed: 5).map { $0 * 12 }
      var y = x + [7]
      kernels.applyCurve(curve, &y, count)
      #expect(largestDifference(Array(y.dropLast()), Reference.apply(curve, x)) < 3e-7)
      #expect(y.last == 7, "the float behind the last stays as it is")
    }
  }

  @Test(arguments: KernelTable.all)
  func `a curve is finite and bounded at the ends of the number line`(kernels: KernelTable) {
    for curve in [Curve.tanh, .sigmoid] {
      var y: [Float] = [-1e30, 1e30, -200, 200, -0.0, 0]
      kernels.applyCurve(curve, &y, y.count)
      #expect(y.allSatisfy { $0 >= -1 && $0 <= 1 })
    }
  }

  @Test(arguments: KernelTable.all)
  func `softmax agrees with the reference and adds up to one`(kernels: KernelTable) {
    for count in Self.counts {
      let x = noise(count, seed: 6).map { $0 * 40 }
      var y = [Float](repeating: 0, count: count)
      kernels.softmax(x, &y, count)
      #expect(largestDifference(y, Reference.softmax(x)) < 1e-6)
      #expect(abs(y.reduce(0, +) - 1) < 1e-6)
    }
  }

  @Test(arguments: KernelTable.all, [.infinity, -.infinity, .nan] as [Float])
  func `what is not finite makes all probabilities NaN`(kernels: KernelTable, value: Float) {
    for count in Self.counts {
      for index in Set([0, count / 2, count - 1]) {
        var x = noise(count, seed: 8)
        x[index] = value
        var y = [Float](repeating: 0, count: count)
        kernels.softmax(x, &y, count)
        #expect(y.allSatisfy { $0.isNaN }, "\(count) \(index)")
        kernels.applyCurve(.sigmoid, &x, count)
        let nanCount = x.count { $0.isNaN }
        #expect(x[index].isNaN && nanCount == 1)
        kernels.normalize(x, &y, count)
        #expect(y.allSatisfy { $0.isNaN }, "\(count) \(index)")
      }
    }
  }

  @Test(arguments: KernelTable.all, [Curve.relu, .tanh, .sigmoid])
  func `a curve of NaN is NaN`(kernels: KernelTable, curve: Curve) {
    for count in Self.counts {
      var x = [Float](repeating: .nan, count: count)
      kernels.applyCurve(curve, &x, count)
      #expect(x.allSatisfy { $0.isNaN })
    }
  }

  @Test(arguments: KernelTable.all)
  func `scores divided by their sum agree with the reference`(kernels: KernelTable) {
    for count in Self.counts {
      let x = noise(count, seed: 7).map { abs($0) }
      var y = [Float](repeating: 7, count: count + 1)
      kernels.normalize(x, &y, count)
      #expect(largestDifference(Array(y.dropLast()), Reference.normalize(x)) < 2e-7)
      #expect(y.last == 7, "the float behind the last stays as it is")
    }
  }

  @Test(arguments: KernelTable.all)
  func `softmax of scores that are all far below zero adds up to one`(kernels: KernelTable) {
    for count in Self.counts {
      let x = noise(count, seed: 12).map { $0 - 1000 }
      var y = [Float](repeating: 0, count: count)
      kernels.softmax(x, &y, count)
      #expect(largestDifference(y, Reference.softmax(x)) < 1e-6)
    }
  }

  @Test(arguments: KernelTable.all)
  func `scaled channels agree with batch normalization`(kernels: KernelTable) {
    for channels in Self.counts {
      let x = noise(channels * 3, seed: 8)
      let gamma = noise(channels, seed: 9)
      let beta = noise(channels, seed: 10)
      let zeros = [Float](repeating: 0, count: channels)
      let ones = [Float](repeating: 1, count: channels)
      var y = x
      kernels.scaleChannels(&y, 3, gamma, beta, channels)
      let expected = Reference.normalizeBatch(
        x, gamma: gamma, beta: beta, mean: zeros, variance: ones, epsilon: 0)
      #expect(largestDifference(y, expected) < 1e-6)
    }
  }
}

@Suite struct PoolingTests {
  @Test(
    arguments: KernelTable.all,
    [(7, 2, 2), (7, 3, 2), (6, 2, 1), (5, 5, 5), (9, 3, 3), (4, 1, 2)])
  func `pooling agrees with the reference for every window`(
    kernels: KernelTable, window: (side: Int, size: Int, stride: Int)
  ) {
    for channels in [1, 3, 4, 16, 17, 33] {
      for averages in [false, true] {
        let map = ReferenceMap(
          height: window.side, width: window.side + 1, channels: channels,
          values: noise(window.side * (window.side + 1) * channels, seed: 11))
        let expected = Reference.pool(
          map, size: window.size, stride: window.stride, averages: averages)
        var result = expected
        result.values = Array(repeating: .nan, count: expected.values.count)
        map.values.withUnsafeBufferPointer { input in
          result.values.withUnsafeMutableBufferPointer { output in
            kernels.poolMap(
              MapPooling(
                input: input.baseAddress!, inputRowStride: map.width * channels,
                output: output.baseAddress!, outputRowStride: expected.width * channels,
                height: expected.height, width: expected.width, channels: channels,
                size: window.size, stride: window.stride, averages: averages))
          }
        }
        #expect(largestDifference(result.values, expected.values) < 1e-6)
      }
    }
  }
}
