extension Model {
  /// The model as an ONNX file, for other engines: `ink` [batch, 1, height, width], 0…1, to
  /// `probabilities` [batch, classes], with conditioning and normalization inside.
  ///
  /// Feature maps are channels first there, as ONNX has them; weights are turned to match.
  ///
  /// - Throws: `ModelError` for a model that is not valid, gives no probabilities, or overflows.
  package func onnx() throws(ModelError) -> [UInt8] {
    try validate()
    var graph = ONNXGraph()
    // Refuses what no plan can run: what gives no probabilities, or overflows.
    _ = try Plan(self, maximumBatch: 1)
    let answer = graph.answer(network.turns[...], of: memberModels, to: "ink")
    let probabilities = graph.node("Identity", [answer], output: "probabilities")
    return graph.file(
      name: network.name,
      input: ("ink", [1, network.input.height, network.input.width]),
      output: (probabilities, [network.classCount]),
      documentation: "ink: 0 is the ground and 1 the digit, as in MNIST")
  }
}

extension ONNXGraph {
  /// The probabilities by some stages of a model's members. What comes behind the first is computed
  /// only where an image needs it, and of those images only.
  fileprivate mutating func answer(
    _ turns: ArraySlice<Network.Turn>, of members: [Model], to images: String
  ) -> String {
    guard let turn = turns.first else { preconditionFailure("a cascade without stages") }
    let results = members[turn.members].map {
      ONNXCompiler.append($0, reading: images, to: &self)
    }
    let answer = results.count == 1 ? results[0] : node("Mean", results)
    guard let below = turn.below else { return answer }
    let most = node("ReduceMax", [answer], [("axes", .ints([1])), ("keepdims", .int(0))])
    let isUnsure = node("Less", [most, constant([below], shape: [1])])
    let flags = node("Cast", [isUnsure], [("to", .int(ElementType.float32.rawValue))])
    let any = node("ReduceMax", [flags], [("keepdims", .int(0))])
    let isNeeded = node("Cast", [any], [("to", .int(ElementType.bool.rawValue))])
    let then = branch { graph in
      let rows = graph.node("Reshape", [graph.node("NonZero", [isUnsure]), graph.constant([-1])])
      let unsure = graph.node("Gather", [images, rows], [("axis", .int(0))])
      let better = graph.answer(turns.dropFirst(), of: members, to: unsure)
      let places = graph.node("Reshape", [rows, graph.constant([-1, 1])])
      return graph.node("ScatterND", [answer, places, better])
    }
    let otherwise = branch { $0.node("Identity", [answer]) }
    return node(
      "If", [isNeeded], [("then_branch", .graph(then)), ("else_branch", .graph(otherwise))])
  }
}

/// Adds one network to a graph, layer by layer.
private struct ONNXCompiler {
  let model: Model
  var graph: ONNXGraph
  /// The name of what the next layer reads.
  var current: String
  /// The map that `flatten` met, until a dense layer has turned its weights to match.
  var flattened: (height: Int, width: Int, channels: Int)?

  static func append(
    _ model: Model, reading images: String, to graph: inout ONNXGraph
  ) -> String {
    var compiler = ONNXCompiler(model: model, graph: graph, current: images)
    compiler.addInput()
    compiler.addLayers()
    graph = compiler.graph
    return compiler.current
  }

  private mutating func add(
    _ operation: String, _ more: [String] = [],
    _ attributes: [(String, ONNXGraph.Attribute)] = []
  ) {
    current = graph.node(operation, [current] + more, attributes)
  }

  private mutating func addInput() {
    let input = model.network.input
    if input.conditioning == .contrast {
      current = graph.contrast(of: current, height: input.height, width: input.width)
    }
    if input.mean != 0 { add("Sub", [graph.constant([input.mean], shape: [1])]) }
    if input.standardDeviation != 1 {
      add("Div", [graph.constant([input.standardDeviation], shape: [1])])
    }
  }

  private mutating func addLayers() {
    let shapes = (try? model.network.shapes()) ?? []
    let last = model.network.layers.lastIndex { ($0.activation ?? .linear) != .linear }
    for (index, layer) in model.network.layers.enumerated() {
      switch layer {
      case .convolution(let convolution): add(convolution, at: index, after: shapes[index])
      case .dense(let dense): add(dense, at: index, from: shapes[index].elementCount)
      case .batchNormalization(let epsilon): addNorm(epsilon, at: index)
      case .pooling(let pooling): add(pooling)
      case .flatten: addFlatten(shapes[index])
      case .dropout, .activation: break
      }
      guard let activation = layer.activation else { continue }
      if index == last, activation == .sigmoid {
        addNormalizedSigmoid()
      } else {
        add(activation)
      }
    }
  }

  /// σ(x) / Σσ(x), as the softmax of log σ(x) = −softplus(−x): a quick sigmoid may be right to few
  /// digits where all are small.
  private mutating func addNormalizedSigmoid() {
    for operation in ["Neg", "Softplus", "Neg"] { add(operation) }
    add(.softmax)
  }

  private func values(_ index: Int, _ name: String) -> [Float] {
    model.tensor(layer: index, name).values
  }

  private mutating func add(_ convolution: Convolution, at index: Int, after shape: Shape) {
    let (kernel, filters) = (convolution.kernel, convolution.filters)
    let depth = shape.channelCount
    let weights = values(index, "weight")
    // [row, column, in, out] to [out, in, row, column].
    let turned = (0..<filters).flatMap { filter in
      (0..<depth).flatMap { channel in
        (0..<kernel * kernel).map { weights[($0 * depth + channel) * filters + filter] }
      }
    }
    let inputs = [
      graph.constant(turned, shape: [filters, depth, kernel, kernel], "weight"),
      graph.constant(values(index, "bias"), shape: [filters], "bias"),
    ]
    let padding = convolution.padding
    add(
      "Conv", inputs,
      [
        ("kernel_shape", .ints([kernel, kernel])),
        ("strides", .ints([convolution.stride, convolution.stride])),
        ("pads", .ints([padding, padding, padding, padding])),
      ])
  }

  private mutating func add(_ dense: Dense, at index: Int, from count: Int) {
    var weights = values(index, "weight")
    if let map = flattened {
      // Rows in the order of a map of channels first.
      weights = (0..<map.channels).flatMap { channel in
        (0..<map.height * map.width).flatMap { pixel in
          let row = pixel * map.channels + channel
          return weights[row * dense.units..<(row + 1) * dense.units]
        }
      }
      flattened = nil
    }
    let inputs = [
      graph.constant(weights, shape: [count, dense.units], "weight"),
      graph.constant(values(index, "bias"), shape: [dense.units], "bias"),
    ]
    add("Gemm", inputs)
  }

  private mutating func addNorm(_ epsilon: Float, at index: Int) {
    let inputs = ["gamma", "beta", "mean", "variance"].map { name in
      let values = values(index, name)
      return graph.constant(values, shape: [values.count], name)
    }
    add("BatchNormalization", inputs, [("epsilon", .float(epsilon))])
  }

  private mutating func add(_ pooling: Pooling) {
    add(
      pooling.kind == .maximum ? "MaxPool" : "AveragePool", [],
      [
        ("kernel_shape", .ints([pooling.size, pooling.size])),
        ("strides", .ints([pooling.stride, pooling.stride])),
      ])
  }

  /// Where a dense layer comes next its weights are turned instead of every image.
  private mutating func addFlatten(_ shape: Shape) {
    guard case .map(let height, let width, let channels) = shape else { return }
    let following = model.network.layers.drop { $0 != .flatten }.dropFirst().first {
      if case .dropout = $0 { false } else { true }
    }
    if case .dense = following {
      flattened = (height, width, channels)
    } else {
      add("Transpose", [], [("perm", .ints([0, 2, 3, 1]))])
    }
    add("Flatten", [], [("axis", .int(1))])
  }

  private mutating func add(_ activation: Activation) {
    switch activation {
    case .linear: break
    case .relu: add("Relu")
    case .tanh: add("Tanh")
    case .sigmoid: add("Sigmoid")
    case .softmax: add("Softmax", [], [("axis", .int(-1))])
    }
  }
}
