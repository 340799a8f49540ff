/// A line of a picture that a terminal shows.
package struct ScreenLine: Equatable, Sendable {
  package enum Style: Sendable {
    case plain
    /// Of a table: in reverse video.
    case heading
    /// In bold red.
    case warning

    var begin: String {
      switch self {
      case .plain: ""
      case .heading: "\u{1b}[7m"
      case .warning: "\u{1b}[1;31m"
      }
    }

    var end: String {
      switch self {
      case .plain: ""
      case .heading, .warning: "\u{1b}[m"
      }
    }
  }

  package let text: String
  package let style: Style

  package init(_ text: String, _ style: Style = .plain) {
    self.text = text
    self.style = style
  }
}
