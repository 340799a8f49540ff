/// What flows between two layers, leaving out the batch.
package enum Shape: Equatable, Sendable, CustomStringConvertible {
  case map(height: Int, width: Int, channels: Int)
  case vector(Int)

  package var elementCount: Int {
    switch self {
    case .map(let height, let width, let channels): height * width * channels
    case .vector(let count): count
    }
  }

  /// The size of the last axis, over which batch normalization and softmax work.
  package var channelCount: Int {
    switch self {
    case .map(_, _, let channels): channels
    case .vector(let count): count
    }
  }

  package var description: String {
    switch self {
    case .map(let height, let width, let channels): "\(height)×\(width)×\(channels)"
    case .vector(let count): "\(count)"
    }
  }
}

extension Network {
  /// The shape after the input and after each layer: one more than there are layers.
  ///
  /// - Throws: `NetworkError` for a network that cannot be built or passes `ModelLimits`.
  package func shapes() throws(NetworkError) -> [Shape] {
    guard !layers.isEmpty, layers.count <= ModelLimits.layerCountMax else {
      throw .layerCount(layers.count)
    }
    guard (1...ModelLimits.extentMax).contains(input.height),
      (1...ModelLimits.extentMax).contains(input.width),
      input.mean.isFinite, input.standardDeviation.isFinite, input.standardDeviation > 0
    else { throw .input(input) }
    var shapes = [Shape.map(height: input.height, width: input.width, channels: 1)]
    for (index, layer) in layers.enumerated() {
      do {
        shapes.append(try layer.shape(after: shapes[index]))
      } catch {
        throw .layer(index: index, kind: layer.kind, after: shapes[index], error)
      }
      if layer.activation == .softmax, index != layers.count - 1 {
        throw .layer(index: index, kind: layer.kind, after: shapes[index], .softmaxBeforeTheEnd)
      }
    }
    return shapes
  }
}

extension Layer {
  /// The activation that the layer ends with.
  package var activation: Activation? {
    switch self {
    case .convolution(let convolution): convolution.activation
    case .dense(let dense): dense.activation
    case .activation(let activation): activation
    case .batchNormalization, .pooling, .dropout, .flatten: nil
    }
  }

  func shape(after input: Shape) throws(LayerProblem) -> Shape {
    let output = try uncheckedShape(after: input)
    guard output.elementCount <= ModelLimits.mapElementCountMax else {
      throw .tooLarge(output)
    }
    if activation == .softmax, case .map = output { throw .needsVector }
    return output
  }

  private func uncheckedShape(after input: Shape) throws(LayerProblem) -> Shape {
    switch (self, input) {
    case (.convolution(let convolution), .map(let height, let width, let channels)):
      try convolution.check()
      let padded = Shape.map(
        height: height + 2 * convolution.padding, width: width + 2 * convolution.padding,
        channels: channels)
      guard padded.elementCount <= ModelLimits.mapElementCountMax else { throw .tooLarge(padded) }
      let window = convolution.window
      return .map(
        height: try window.checkedCount(along: height),
        width: try window.checkedCount(along: width), channels: convolution.filters)
    case (.pooling(let pooling), .map(let height, let width, let channels)):
      try within(1...ModelLimits.windowMax, pooling.size, "size")
      try within(1...ModelLimits.windowMax, pooling.stride, "stride")
      return .map(
        height: try pooling.window.checkedCount(along: height),
        width: try pooling.window.checkedCount(along: width), channels: channels)
    case (.dense(let dense), .vector):
      try within(1...ModelLimits.channelCountMax, dense.units, "units")
      return .vector(dense.units)
    case (.batchNormalization(let epsilon), _):
      guard epsilon.isFinite, epsilon > 0 else { throw .outOfRange("epsilon", "\(epsilon)") }
      return input
    case (.dropout(let rate), _):
      guard rate >= 0, rate < 1 else { throw .outOfRange("rate", "\(rate)") }
      return input
    case (.flatten, _): return .vector(input.elementCount)
    case (.activation, _): return input
    case (.convolution, .vector), (.pooling, .vector): throw .needsMap
    case (.dense, .map): throw .needsVector
    }
  }
}

extension Convolution {
  fileprivate func check() throws(LayerProblem) {
    try within(1...ModelLimits.channelCountMax, filters, "filters")
    try within(1...ModelLimits.windowMax, kernel, "kernel")
    try within(1...ModelLimits.windowMax, stride, "stride")
    try within(0...(kernel - 1), padding, "padding")
  }
}

private func within(
  _ range: ClosedRange<Int>, _ value: Int, _ name: String
) throws(LayerProblem) {
  guard range.contains(value) else { throw .outOfRange(name, "\(value)") }
}

extension SlidingWindow {
  /// How many positions it has, one at least.
  fileprivate func checkedCount(along extent: Int) throws(LayerProblem) -> Int {
    let padded = extent + 2 * padding
    guard size <= padded else { throw .windowTooLarge(window: size, extent: padded) }
    return positionCount(along: extent)
  }
}
