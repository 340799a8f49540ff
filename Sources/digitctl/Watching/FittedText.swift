import PlainText

/// Prints lines no wider than the terminal, so that none wraps; as they are where there is none.
func say(fitted text: String) {
  say(StandardStream.output.terminalColumns.map { PlainText.fitted(text, columns: $0) } ?? text)
}
