/// What a network consists of, layer by layer, as data for a table.
package struct NetworkSummary: Equatable, Sendable {
  package struct Row: Equatable, Sendable {
    package var layer: Layer
    /// The shape after the layer.
    package var output: Shape
    package var parameterCount: Int
    /// Multiplications and additions for one image, activations and norms left out.
    package var operationCount: Int
  }

  package var input: Shape
  package var rows: [Row]
  package var parameterCount: Int { rows.reduce(0) { $0 + $1.parameterCount } }
  package var operationCount: Int { rows.reduce(0) { $0 + $1.operationCount } }
}

/// What an image passes through in all, members of an ensemble together.
package struct NetworkSize: Equatable, Sendable {
  package var parameterCount = 0
  /// Multiplications and additions for one image, activations and norms left out.
  package var operationCount = 0

  package init(_ network: Network) throws(NetworkError) {
    for member in network.memberNetworks {
      let summary = try member.summary()
      parameterCount += summary.parameterCount
      operationCount += summary.operationCount
    }
  }
}

extension Network {
  /// Multiplications and additions for one image: of a cascade on the average, by the shares of
  /// its stages.
  package func meanOperationCount() throws(NetworkError) -> Double {
    var mean = 0.0
    for (index, stage) in stageNetworks.enumerated() {
      let share = stages.isEmpty ? 1 : Double(stages[index].share ?? 1)
      mean += share * Double(try NetworkSize(stage).operationCount)
    }
    return mean
  }

  /// Layer by layer, of a network that is no ensemble.
  package func summary() throws(NetworkError) -> NetworkSummary {
    let shapes = try shapes()
    let rows = layers.indices.map { index in
      let tensors = layers[index].tensorShapes(after: shapes[index])
      return NetworkSummary.Row(
        layer: layers[index], output: shapes[index + 1],
        parameterCount: tensors.reduce(0) { $0 + $1.shape.reduce(1, *) },
        operationCount: layers[index].operationCount(from: shapes[index], to: shapes[index + 1]))
    }
    return NetworkSummary(input: shapes[0], rows: rows)
  }
}

extension Layer {
  fileprivate func operationCount(from input: Shape, to output: Shape) -> Int {
    switch self {
    case .convolution(let convolution):
      2 * output.elementCount * convolution.kernel * convolution.kernel * input.channelCount
    case .dense: 2 * input.elementCount * output.elementCount
    case .batchNormalization, .pooling, .dropout, .flatten, .activation: 0
    }
  }
}
