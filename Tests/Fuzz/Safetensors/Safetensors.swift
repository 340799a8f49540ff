import DigitModel

/// A model file: refused by name, or read, compiled and written down again as the same model.
func readSafetensors(_ bytes: UnsafeRawBufferPointer) {
  guard let model = try? Model(safetensors: Array(bytes)) else { return }
  for precision in Precision.allCases {
    guard let plan = try? Plan(model, precision: precision, maximumBatch: 2) else { continue }
    // What is large takes too long to be worth it.
    guard plan.workspaceByteCount < 1 << 20 else { continue }
    let images = (0..<2 * plan.pixelCount).map { UInt8(truncatingIfNeeded: 97 &* $0) }
    precondition(plan.classify(images).count == 2 * plan.classCount)
  }
  guard let written = try? model.safetensors() else {
    preconditionFailure("a model that was read cannot be written")
  }
  guard let again = try? Model(safetensors: written) else {
    preconditionFailure("a model that was written cannot be read")
  }
  let rewritten = try? again.safetensors()
  precondition(rewritten == written, "another model after writing and reading")
}
