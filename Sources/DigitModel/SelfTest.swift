import Foundation

/// A few images and what a model says of each, kept in the model's card: a server that loads the
/// model computes them again, and so finds a file, a processor or a build that computes otherwise.
package struct SelfTest: Codable, Equatable, Sendable {
  /// Each of as many bytes as the network has pixels, ink of 0…255; in a card as base 64.
  package var images: [Data]
  /// By image, then by class, as computed in float32.
  package var probabilities: [[Float]]

  package static let imageCountMax = 16

  /// - Parameter images: one to sixteen.
  package init(of plan: Plan, images: [[UInt8]]) {
    self.images = images.map { Data($0) }
    probabilities = images.map { Self.answer(of: plan, $0) }
  }

  package struct Fault: Error, Equatable, CustomStringConvertible {
    package let description: String
  }

  /// - Throws: `Fault` where the plan computes something else, or the record is of another
  ///   network.
  package func check(_ plan: Plan) throws(Fault) {
    guard (1...Self.imageCountMax).contains(images.count), images.count == probabilities.count,
      images.allSatisfy({ $0.count == plan.pixelCount }),
      probabilities.allSatisfy({ $0.count == plan.classCount })
    else {
      throw Fault(
        description: "expected 1 to \(Self.imageCountMax) images of \(plan.pixelCount) pixels and "
          + "as many answers of \(plan.classCount) classes in the card, got others")
    }
    for (index, expected) in probabilities.enumerated() {
      let got = Self.answer(of: plan, Array(images[index]))
      for label in expected.indices
      where !(abs(got[label] - expected[label]) <= Self.tolerance(plan.precision)) {
        throw Fault(
          description: "expected probability \(expected[label]) of class \(label) for image "
            + "\(index) of the card, got \(got[label])")
      }
    }
  }

  /// Instruction sets add in orders of their own; narrow numbers are coarse.
  private static func tolerance(_ precision: Precision) -> Float {
    switch precision {
    case .float32: 0.001
    case .bfloat16: 0.05
    case .int8: 0.2
    }
  }

  private static func answer(of plan: Plan, _ image: [UInt8]) -> [Float] {
    let workspace = Workspace(byteCount: plan.workspaceByteCount)
    return [Float](unsafeUninitializedCapacity: plan.classCount) { answer, count in
      image.withUnsafeBytes { pixels in
        let task = InferenceTask(
          pixels: pixels.baseAddress!, pixelType: .uint8, probabilities: answer.baseAddress!)
        withUnsafePointer(to: task) {
          plan.run(UnsafeBufferPointer(start: $0, count: 1), workspace: workspace)
        }
      }
      count = plan.classCount
    }
  }
}
