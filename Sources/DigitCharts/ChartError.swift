/// Why a chart was not drawn.
package enum ChartError: Error, Equatable, CustomStringConvertible {
  case gnuplotMissing
  /// In gnuplot's words.
  case gnuplotFailed(reason: String)

  package var description: String {
    switch self {
    case .gnuplotMissing:
      "PNG charts are drawn by gnuplot, which is not on the PATH: apt-get install gnuplot-nox"
    case .gnuplotFailed(let reason):
      "expected gnuplot to draw a chart, and it did not: \(reason.isEmpty ? "no reason" : reason)"
    }
  }
}
