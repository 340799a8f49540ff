import DigitKernels

// How convolutions and dense layers become products of quantised numbers.

extension [Stage] {
  /// The stages with products of quantised numbers.
  ///
  /// - Parameters:
  ///   - inputs: How each product's input is kept, in their order; as many as there are.
  ///   - pixels: What the first of them reads instead, if the first stage is a product: ink of
  ///     0…255, which every element represents exactly. Not where it has padding and no element
  ///     represents the pixels' mean.
  func quantized(_ inputs: [NarrowFormat], pixels: Network.Input) -> [Stage] {
    var stages: [Stage] = []
    var inputs = inputs[...]
    for stage in self {
      if case .product(var product) = stage {
        var input = inputs.removeFirst()
        if stages.lastProducer == nil, let ink = product.quantization(of: pixels) {
          input.quantization = ink
          product.mend(pixels, readAs: ink)
        } else {
          stages.endIn(input)
        }
        product.formats = (input, nil)
        stages.append(.product(product))
      } else {
        stages.append(stage)
      }
    }
    return stages
  }

  /// What computes something: flattening does not.
  private var lastProducer: Int? {
    lastIndex { !$0.isFlatten }
  }

  /// Quantises the last result: a product can do it itself.
  private mutating func endIn(_ format: NarrowFormat) {
    guard let producer = lastProducer else { return append(.quantizing(format)) }
    if case .product(var product) = self[producer] {
      product.formats?.output = format
      self[producer] = .product(product)
    } else {
      insert(.quantizing(format), at: producer + 1)
    }
  }

  /// How the pixels are kept, where the first thing that happens to them is a quantised product.
  var formatOfPixels: NarrowFormat? {
    for stage in self {
      switch stage {
      case .flatten: continue
      case .product(let product): return product.formats?.input
      case .pooling, .scaling, .curve, .quantizing: return nil
      }
    }
    return nil
  }
}

extension Stage.Product {
  /// Ink of 0…255, as the network sees it. Nil where the padding, which is the pixels' mean, would
  /// lie too far from every byte.
  fileprivate func quantization(of pixels: Network.Input) -> Quantization? {
    let zeroPoint = min(255, max(0, (255 * pixels.mean).rounded()))
    let isExact = abs(zeroPoint - 255 * pixels.mean) < 0.001
    guard isExact || convolution?.padding ?? 0 == 0 else { return nil }
    return Quantization(
      scale: 1 / (255 * pixels.standardDeviation), zeroPoint: UInt8(zeroPoint))
  }

  /// The mean that is taken off the pixels may lie between two bytes: the rest goes into the bias.
  fileprivate mutating func mend(_ pixels: Network.Input, readAs quantization: Quantization) {
    let rest =
      (Double(quantization.zeroPoint) - 255 * Double(pixels.mean)) * Double(quantization.scale)
    for column in bias.indices {
      let sum = stride(from: column, to: weights.count, by: columns)
        .reduce(0) { $0 + Double(weights[$1]) }
      bias[column] += Float(rest * sum)
    }
  }
}
