import DigitHandshake
import DigitWire

/// What the server's terms mean for a load: which model answers, and that its limits are kept.
struct LoadTerms {
  let model: ModelEntry
  /// 0 where the plan names no model, so that the server's default is asked for as such.
  let modelHandle: UInt16
  private let terms: ServerTerms

  init(_ terms: ServerTerms, _ plan: LoadPlan) throws(LoadError) {
    guard let found = terms.model(plan.model) else {
      throw .unknownModel(plan.model, known: terms.models.map(\.name))
    }
    model = found
    modelHandle = plan.model == nil ? 0 : found.handle
    self.terms = terms
    try permit(plan)
  }

  /// - Throws: `LoadError.tooManyImages`, `.tooManyInFlight`.
  func permit(_ plan: LoadPlan) throws(LoadError) {
    let imagesMax = terms.imagesMax(.uint8)
    guard plan.batch <= imagesMax else {
      throw .tooManyImages(batch: plan.batch, limit: imagesMax)
    }
    let inFlightMax = terms.limits.requestsInFlightMax
    guard plan.pipeline <= inFlightMax else {
      throw .tooManyInFlight(pipeline: plan.pipeline, limit: inFlightMax)
    }
  }
}
