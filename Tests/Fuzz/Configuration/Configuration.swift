import Arguments
import ConfigurationFile

/// A configuration file: read to its end, or told what is wrong with it, at places that it has.
func readConfiguration(_ bytes: UnsafeRawBufferPointer) {
  let text = ConfigurationText(json: Array(bytes))
  let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
  for place in text.mistakes.map(\.place) + text.settings.map(\.place) {
    precondition((1...max(1, lines.count)).contains(place.line))
    precondition((1...bytes.count + 1).contains(place.column))
  }
  let keys = text.settings.map(\.key)
  precondition(Set(keys).count == keys.count)
  precondition(!text.mistakes.isEmpty || bytes.contains(UInt8(ascii: "{")))
}
