/// An ONNX graph as it is built: nodes and constants, and names that nobody else has. Field numbers
/// are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
struct ONNXGraph {
  /// The operators' definitions that the nodes follow.
  static let operatorSetVersion = 17
  private static let formatVersion = 8

  enum Attribute {
    case int(Int)
    case ints([Int])
    case float(Float)
    /// What an operator computes or leaves, with its one output.
    case graph(Branch)
  }

  /// Nodes that are computed only where an operator decides so; they may read all that was
  /// computed before it.
  struct Branch {
    fileprivate var message: ProtobufMessage
  }

  enum ElementType: Int {
    case float32 = 1
    case int64 = 7
    case bool = 9
  }

  private var nodes: [ProtobufMessage] = []
  private var constants: [ProtobufMessage] = []
  private var count = 0

  /// Adds a node and returns the name of its first output, by default one of its own.
  mutating func node(
    _ operation: String, _ inputs: [String], _ attributes: [(String, Attribute)] = [],
    output: String? = nil, outputs: Int = 1
  ) -> String {
    let output = output ?? newName(operation)
    var node = ProtobufMessage()
    for input in inputs { node.add(1, input) }
    node.add(2, output)
    for more in 1..<max(1, outputs) { node.add(2, "\(output)_\(more)") }
    node.add(3, output)
    node.add(4, operation)
    for (name, value) in attributes { node.add(5, Self.attribute(name, value)) }
    nodes.append(node)
    return output
  }

  /// Adds a tensor of floats.
  mutating func constant(_ values: [Float], shape: [Int], _ name: String = "constant") -> String {
    tensor(name, .float32, shape, values.flatMap { Self.littleEndian($0.bitPattern) })
  }

  /// Adds a tensor of integers, a vector.
  mutating func constant(_ values: [Int], _ name: String = "integers") -> String {
    let bytes = values.flatMap { Self.littleEndian(UInt64(bitPattern: Int64($0))) }
    return tensor(name, .int64, [values.count], bytes)
  }

  private mutating func tensor(
    _ name: String, _ type: ElementType, _ shape: [Int], _ bytes: [UInt8]
  ) -> String {
    let name = newName(name)
    var tensor = ProtobufMessage()
    tensor.add(1, packed: shape)
    tensor.add(2, type.rawValue)
    tensor.add(8, name)
    tensor.add(9, bytes: bytes)
    constants.append(tensor)
    return name
  }

  /// A branch of the nodes that are added by `body`, which returns its output's name. Constants and
  /// names are the whole graph's.
  mutating func branch(_ body: (inout ONNXGraph) -> String) -> Branch {
    let outer = nodes
    nodes = []
    defer { nodes = outer }
    let output = body(&self)
    var message = ProtobufMessage()
    for node in nodes { message.add(1, node) }
    message.add(2, newName("branch"))
    message.add(12, Self.value(output, nil))
    return Branch(message: message)
  }

  private mutating func newName(_ kind: String) -> String {
    count += 1
    return "\(kind.lowercased())_\(count)"
  }

  private static func littleEndian<Bits: FixedWidthInteger>(_ bits: Bits) -> [UInt8] {
    withUnsafeBytes(of: bits.littleEndian) { Array($0) }
  }

  private static func attribute(_ name: String, _ value: Attribute) -> ProtobufMessage {
    var attribute = ProtobufMessage()
    attribute.add(1, name)
    switch value {
    case .float(let value):
      attribute.add(2, value)
      attribute.add(20, 1)
    case .int(let value):
      attribute.add(3, value)
      attribute.add(20, 2)
    case .ints(let values):
      attribute.add(8, packed: values)
      attribute.add(20, 7)
    case .graph(let branch):
      attribute.add(6, branch.message)
      attribute.add(20, 5)
    }
    return attribute
  }

  // MARK: - The file

  /// The bytes of the file. Both shapes are of floats and begin with the batch, which is free.
  func file(
    name: String, input: (name: String, shape: [Int]), output: (name: String, shape: [Int]),
    documentation: String
  ) -> [UInt8] {
    var graph = ProtobufMessage()
    for node in nodes { graph.add(1, node) }
    graph.add(2, name)
    for constant in constants { graph.add(5, constant) }
    graph.add(10, documentation)
    graph.add(11, Self.value(input.name, input.shape))
    graph.add(12, Self.value(output.name, output.shape))

    var operators = ProtobufMessage()
    operators.add(1, "")
    operators.add(2, Self.operatorSetVersion)
    var model = ProtobufMessage()
    model.add(1, Self.formatVersion)
    model.add(2, "digitlab")
    model.add(7, graph)
    model.add(8, operators)
    return model.bytes
  }

  /// - Parameter shape: behind the batch; nil where it is not told.
  private static func value(_ name: String, _ shape: [Int]?) -> ProtobufMessage {
    var tensor = ProtobufMessage()
    tensor.add(1, ElementType.float32.rawValue)
    if let shape { tensor.add(2, dimensions(shape)) }
    var type = ProtobufMessage()
    type.add(1, tensor)
    var value = ProtobufMessage()
    value.add(1, name)
    value.add(2, type)
    return value
  }

  private static func dimensions(_ shape: [Int]) -> ProtobufMessage {
    var batch = ProtobufMessage()
    batch.add(2, "batch")
    var dimensions = ProtobufMessage()
    dimensions.add(1, batch)
    for extent in shape {
      var dimension = ProtobufMessage()
      dimension.add(1, extent)
      dimensions.add(1, dimension)
    }
    return dimensions
  }
}
