/// The two groups of writers in the MNIST test set, whose digits differ in difficulty: the first
/// 5,001 images are by school students, the others by clerks of the Census Bureau (C. Yadav and
/// L. Bottou, "Cold Case: the Lost MNIST Digits", 2019).
package enum TestHalf: String, CaseIterable, Sendable {
  case students, clerks

  package var indices: Range<Int> {
    switch self {
    case .students: 0..<5_001
    case .clerks: 5_001..<10_000
    }
  }
}
