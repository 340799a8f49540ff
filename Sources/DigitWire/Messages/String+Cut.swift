extension String {
  /// Whole characters of it, from the beginning: as many as fit into so many bytes of UTF-8.
  func cut(toByteCount byteCountMax: Int) -> String {
    var text = self
    while text.utf8.count > byteCountMax { text.removeLast() }
    return text
  }
}
