/// A network as data: what goes in and the layers it passes through, in order.
///
/// Feature maps are laid out height × width × channels (HWC), row-major, so `flatten` costs
/// nothing. Shapes leave out the batch.
package struct Network: Codable, Equatable, Sendable {
  package var name: String
  package var input: Input
  package var layers: [Layer]
  /// Of an ensemble: the networks whose mean probabilities it gives. It has no layers then, and
  /// each member treats the pixels in its own way.
  package var members: [Network] = []
  /// Of a cascade: which of its members answer, one stage after another. Empty where all do.
  package var stages: [CascadeStage] = []

  package init(name: String, input: Input = Input(), layers: [Layer]) {
    self.name = name
    self.input = input
    self.layers = layers
  }

  /// An ensemble.
  package init(name: String, meanOf members: [Network]) {
    self.init(name: name, input: members.first?.input ?? Input(), layers: [])
    self.members = members
  }

  /// The networks that an image may pass through: itself, or its members.
  package var memberNetworks: [Network] { members.isEmpty ? [self] : members }

  /// How pixels become the first feature map: conditioned, then `(ink − mean) / standardDeviation`,
  /// where ink is 0…1 (a byte of 255 is 1).
  package struct Input: Codable, Equatable, Sendable {
    package var height = 28
    package var width = 28
    package var conditioning = Conditioning.none
    package var mean: Float = 0
    package var standardDeviation: Float = 1

    package init() {}
  }
}

/// One layer of a network. Weights are not here: see `Model`.
package enum Layer: Equatable, Sendable {
  case convolution(Convolution)
  /// Per channel: (x − mean) / √(variance + epsilon) × gamma + beta.
  case batchNormalization(epsilon: Float)
  case pooling(Pooling)
  /// Zeroes inputs with probability `rate` while training and scales the rest by 1/(1 − rate);
  /// does nothing afterwards.
  case dropout(rate: Float)
  /// H × W × C to a vector, HWC order.
  case flatten
  case dense(Dense)
  case activation(Activation)
}

/// A two-dimensional cross-correlation with a square kernel, and its activation.
package struct Convolution: Codable, Equatable, Sendable {
  package var filters: Int
  package var kernel: Int
  package var stride: Int
  /// Zeros added on each of the four sides.
  package var padding: Int
  package var activation: Activation

  package init(
    filters: Int, kernel: Int, stride: Int = 1, padding: Int = 0, activation: Activation = .linear
  ) {
    self.filters = filters
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.activation = activation
  }
}

/// Maximum or mean over square windows; windows that would leave the map are left out.
package struct Pooling: BitwiseCopyable, Codable, Equatable, Sendable {
  package enum Kind: String, BitwiseCopyable, Codable, Sendable { case maximum, average }

  package var kind: Kind
  package var size: Int
  package var stride: Int

  package init(_ kind: Kind, size: Int, stride: Int? = nil) {
    self.kind = kind
    self.size = size
    self.stride = stride ?? size
  }
}

/// y = activation(x · W + b).
package struct Dense: Codable, Equatable, Sendable {
  package var units: Int
  package var activation: Activation

  package init(units: Int, activation: Activation = .linear) {
    self.units = units
    self.activation = activation
  }
}

package enum Activation: String, Codable, Sendable {
  case linear, relu, tanh, sigmoid
  /// Over the last axis; as the network's last activation only.
  case softmax
}
