import Foundation

extension StandardStream {
  /// How wide a text may be here: as the terminal is, from 40 to 200 columns; 80 where there is
  /// none or it does not tell.
  package var columns: Int { terminalColumns ?? 80 }

  /// Nil where no terminal tells its width: there nothing needs to be cut.
  package var terminalColumns: Int? {
    var size = winsize()
    guard unsafe ioctl(rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return min(max(Int(size.ws_col), 40), 200)
  }
}

extension StandardStream {
  /// Nil where no terminal tells.
  package var terminalSize: (columns: Int, rows: Int)? {
    var size = winsize()
    guard unsafe ioctl(rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0
    else { return nil }
    return (Int(size.ws_col), Int(size.ws_row))
  }
}

/// The lines cut to `columns`, each that was longer with an ellipsis at its end: a line that wraps
/// would spoil a picture that is drawn over the last one.
package func fitted(_ text: String, columns: Int) -> String {
  text.split(separator: "\n", omittingEmptySubsequences: false)
    .map { $0.count <= columns ? String($0) : $0.prefix(columns - 1) + "…" }
    .joined(separator: "\n")
}
