import DigitWire
import PlainText

/// The batches that a server formed between two looks at its figures, whoever they were for.
struct ServerBatches: Encodable {
  let batches: UInt64
  let images: UInt64
  /// Images in a batch.
  let mean: Double
  /// How many batches had how many images, by the server's classes: "5 to 8".
  let sizes: [Size]

  struct Size: Encodable {
    let images: String
    var batches: UInt64
  }

  /// Nil where the server does not tell, or computed nothing.
  init?(_ before: StatsReply?, _ after: StatsReply?) {
    guard let before, let after else { return nil }
    let earlier = Dictionary(
      before.entries.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    let rise = { (name: String) -> UInt64? in
      guard let first = earlier[name], let last = after.entries.first(where: { $0.name == name }),
        last.value >= first
      else { return nil }
      return last.value - first
    }
    guard let batches = rise("batches_executed"), let images = rise("images_inferred"),
      batches > 0
    else { return nil }
    self.batches = batches
    self.images = images
    mean = Double(images) / Double(batches)
    let prefix = "batches_of_"
    sizes = after.entries.filter { $0.name.hasPrefix(prefix) }.compactMap { entry -> Size? in
      guard let rise = rise(entry.name), rise > 0 else { return nil }
      let images = entry.name.dropFirst(prefix.count).replacing("_", with: " ")
      return Size(images: String(images), batches: rise)
    }
  }

  /// Those of several servers; nil of none.
  init?(adding parts: [ServerBatches]) {
    guard let first = parts.first else { return nil }
    guard parts.count > 1 else {
      self = first
      return
    }
    batches = parts.reduce(0) { $0 + $1.batches }
    images = parts.reduce(0) { $0 + $1.images }
    mean = Double(images) / Double(batches)
    var sums: [Size] = []
    for size in parts.flatMap(\.sizes) {
      if let index = sums.firstIndex(where: { $0.images == size.images }) {
        sums[index].batches += size.batches
      } else {
        sums.append(size)
      }
    }
    sizes = sums
  }

  /// "12.4 images each on average (1: 3 %, 9 to 16: 97 %)"
  var text: String {
    let parts = sizes.map { "\($0.images): \(percent(Double($0.batches) / Double(batches)))" }
    let spread = parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))"
    return "\(fixed(mean, 1)) images each on average\(spread)"
  }
}
