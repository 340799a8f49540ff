import DigitWire

/// The batches that a server formed between two looks at its figures, whoever they were for.
struct ServerBatches: Encodable {
  let batches: UInt64
  let images: UInt64
  /// Images in a batch.
  let mean: Double

  /// Nil where the server does not tell, or computed nothing.
  init?(_ before: StatsReply?, _ after: StatsReply?) {
    let rise = { (name: String) -> UInt64? in
      let values = [before, after].map { $0?.entries.first { $0.name == name }?.value }
      guard let first = values[0], let last = values[1], last >= first else { return nil }
      return last - first
    }
    guard let batches = rise("batches_executed"), let images = rise("images_inferred"),
      batches > 0
    else { return nil }
    self.batches = batches
    self.images = images
    mean = Double(images) / Double(batches)
  }
}
