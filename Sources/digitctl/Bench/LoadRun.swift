import DigitLoad

/// What one load found.
struct LoadRun {
  let plan: LoadPlan
  let outcome: LoadOutcome
  /// Those of each server; nil where it does not tell.
  let serverBatches: [ServerBatches?]
  let invalidities: [Invalidity]

  /// Those of all servers; nil where one of them does not tell.
  var batches: ServerBatches? {
    let told = serverBatches.compactMap(\.self)
    return told.count == serverBatches.count ? ServerBatches(adding: told) : nil
  }

  var isValid: Bool { invalidities.isEmpty }

  /// Each reason for which it does not count, with what to do about it.
  var invalidReasons: [String] {
    invalidities.map { reason in
      [reason.description, reason.remedy(outcome.client)].compactMap(\.self).joined(separator: "; ")
    }
  }

  var invalidText: String { invalidReasons.joined(separator: ". ") }

  /// Nothing was answered, and connections ended over it: another load would only wait again.
  var isFutile: Bool { outcome.measured.answered == 0 && outcome.connectionsLost > 0 }

  /// Why it does not count, in a sentence.
  var trouble: String? {
    invalidReasons.first ?? (outcome.isComplete ? nil : "not every request was answered, once")
  }
}
