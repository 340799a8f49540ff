import DigitFiles
import DigitModel
import FileAccess

/// Makes models of files: reads, checks, compiles, tests and warms them.
struct ModelLoader: Sendable {
  let directory: String
  let precisions: [PrecisionRule]
  let imagesPerBatchMax: Int

  /// A model with what it was made of.
  struct Loaded: Sendable {
    let model: LoadedModel
    var file: RepositoryListing.File
    /// Of the file's bytes.
    let sha256: String
  }

  /// - Parameter known: what was made of an earlier file of this version; it is kept where the
  ///   file's content is still the same.
  func load(_ source: ModelSource, known: Loaded?) throws(ModelLoadError) -> Loaded {
    let path = "\(directory)/\(source.file.path)"
    let bytes: [UInt8]
    do {
      bytes = try InputFile.read(path, limit: ModelLimits.fileByteCountMax, kinds: .files)
    } catch {
      throw .invalid(file: path, reason: error.reason)
    }
    let sha256 = SHA256.hexDigest(of: bytes)
    if var known, known.sha256 == sha256, known.file.card == source.file.card {
      known.file = source.file
      return known
    }
    let card = ModelCard(path: ModelCard.path(ofWeights: path))
    if let card, card.weightsSHA256 != sha256 {
      throw .wrongChecksum(file: path, expected: card.weightsSHA256, got: sha256)
    }
    let (plan, confidence) = try plan(of: bytes, source.key.name, path)
    do {
      try card?.selfTest?.check(plan)
    } catch {
      throw .failedSelfTest(file: path, reason: error.description)
    }
    let facts = ModelFacts(
      plan, fileByteCount: bytes.count, confidence: confidence, card: card)
    let model = LoadedModel(
      name: source.key.name, version: source.key.version, plan: plan, facts: facts)
    return Loaded(model: model, file: source.file, sha256: sha256)
  }

  private func plan(
    of bytes: [UInt8], _ name: String, _ path: String
  ) throws(ModelLoadError) -> (Plan, Confidence?) {
    let plan: Plan
    let confidence: Confidence?
    do {
      let model = try Model(safetensors: bytes)
      confidence = try model.confidence()
      plan = try Plan(
        model, precision: precisions.precision(for: name), maximumBatch: imagesPerBatchMax)
    } catch ModelError.notCalibrated(let precision) {
      throw .notCalibrated(file: path, model: name, precision: precision)
    } catch {
      throw .invalid(file: path, reason: "\(error)")
    }
    guard plan.pixelCount == 784, plan.classCount <= ImageSlab.classCountMax else {
      throw .unsupportedShape(file: path, pixels: plan.pixelCount, classes: plan.classCount)
    }
    return (plan, confidence)
  }
}
