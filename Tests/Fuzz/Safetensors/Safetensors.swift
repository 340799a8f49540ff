import DigitModel

/// A model file: refused by name, or read, compiled and written down again as the same model.
func readSafetensors(_ bytes: UnsafeRawBufferPointer) {
  guard let model = try? Model(safetensors: Array(bytes)) else { return }
  for precision in Precision.allCases {
    _ = try? Plan(model, precision: precision, maximumBatch: 1)
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
