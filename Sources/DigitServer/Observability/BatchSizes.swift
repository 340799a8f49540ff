/// How many batches there were of each size, in classes that double: 1, 2, 3 to 4, 5 to 8, …
final class BatchSizes: Sendable {
  static let classCount = 9
  private let classes = Counters(count: classCount)

  /// - Parameter imageCount: at least 1; beyond 256 images all are of one class.
  func count(_ imageCount: Int) {
    let sizeClass = Int.bitWidth - (imageCount - 1).leadingZeroBitCount
    classes.add(at: min(sizeClass, Self.classCount - 1))
  }

  func count(ofClass sizeClass: Int) -> UInt64 { classes.count(at: sizeClass) }

  var counts: [UInt64] { classes.counts }

  /// The most images of a class.
  static func largest(ofClass sizeClass: Int) -> Int { 1 << sizeClass }

  /// The sizes of a class, as its figure's name has them.
  static func name(ofClass sizeClass: Int) -> String {
    let (least, most) = (sizeClass < 2 ? sizeClass + 1 : 1 << (sizeClass - 1) + 1, 1 << sizeClass)
    return least == most ? "\(most)" : "\(least)_to_\(most)"
  }
}
