/// A network with its weights, as read from or written to a safetensors file.
///
/// Tensor names and shapes, for the layer at index i of `network.layers`:
/// - convolution: `layers.i.weight` [kernel, kernel, in, out], `layers.i.bias` [out]
/// - dense: `layers.i.weight` [in, out], `layers.i.bias` [out]
/// - batch normalization: `layers.i.gamma`, `.beta`, `.mean`, `.variance`, each [channels]
///
/// (The layout of Keras: HWC feature maps, HWIO kernels.) In an ensemble the names of member j
/// begin with `members.j.`.
package struct Model: Sendable {
  package var network: Network
  package var tensors: [String: Tensor]
  /// What the file says beside the architecture, such as how the model was trained.
  package var metadata: [String: String]

  package init(
    network: Network, tensors: [String: Tensor], metadata: [String: String] = [:]
  ) {
    self.network = network
    self.tensors = tensors
    self.metadata = metadata
  }
}

/// A dense row-major array of float32.
package struct Tensor: Equatable, Sendable {
  package var shape: [Int]
  package var values: [Float]

  /// - Precondition: `values.count` is the product of `shape`.
  package init(shape: [Int], values: [Float]) {
    precondition(values.count == shape.reduce(1, *))
    self.shape = shape
    self.values = values
  }
}
