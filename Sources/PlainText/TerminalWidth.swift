import Foundation

extension StandardStream {
  /// How many columns a line may have: the terminal's, from 40 to 200; 80 where that is unknown.
  package var columnCount: Int {
    var size = winsize()
    let isKnown = unsafe ioctl(rawValue, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    return isKnown ? min(max(Int(size.ws_col), 40), 200) : 80
  }
}
