import DigitModel

/// An architecture that is known by name, with the two recipes it is trained by.
package struct Architecture: Sendable {
  package var network: Network
  /// The recipe it was published with: what to compare with.
  package var reference: Recipe
  /// Ours, chosen by validation on training images.
  package var house: Recipe
  /// On the MNIST test set, 0…1, as its authors reported it; nil for a network of ours.
  package var publishedAccuracy: Double?
  /// The architecture whose trained model ours learns from beside the labels.
  package var teacher: String?

  package var name: String { network.name }

  package func recipe(_ name: RecipeName) -> Recipe {
    switch name {
    case .reference: reference
    case .house: house
    }
  }
}

package enum RecipeName: String, Codable, CaseIterable, Sendable { case reference, house }

/// The architectures that are known by name. Adding one is adding its description.
package enum Zoo {
  package static let all: [Architecture] = [
    mlp, cnn28, cnn3264, cnn3264tanh, cnnVGG, ensemble, compact, tiny,
  ]

  package static func architecture(named name: String) -> Architecture? {
    all.first { $0.name == name }
  }
}
