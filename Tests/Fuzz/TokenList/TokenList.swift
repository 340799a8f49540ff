import DigitServer

/// A file of tokens: refused with the line that is wrong, or a list of at most as many tokens as it
/// has lines, none of which is the empty one.
func readTokenList(_ bytes: UnsafeRawBufferPointer) {
  var list = TokenList()
  let lineCount = bytes.count { $0 == 0x0A } + 1
  do {
    try list.add(linesOf: Array(bytes))
    precondition(list.count <= min(lineCount, TokenList.countMax))
    precondition(list.bearer(of: Array(bytes)) == nil || list.count > 0)
  } catch {
    precondition((1...lineCount).contains(error.line) && !error.reason.isEmpty)
  }
}
