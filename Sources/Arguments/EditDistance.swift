/// The candidate that a misspelt word most likely meant; nil where none is near.
///
/// Near is at most two edits, and fewer than half of the word's letters.
func nearest(to word: String, among candidates: [String]) -> String? {
  let scored = candidates.map { (name: $0, distance: editDistance(word, $0)) }
  guard let best = scored.min(by: { $0.distance < $1.distance }) else { return nil }
  let letterCount = word.drop { $0 == "-" }.count
  return best.distance <= 2 && best.distance * 2 < max(letterCount, 2) ? best.name : nil
}

/// The least number of insertions, deletions, replacements and swaps of neighbours that turn one
/// word into the other (optimal string alignment, Damerau 1964).
func editDistance(_ a: String, _ b: String) -> Int {
  let (a, b) = (Array(a), Array(b))
  var beforeLast = [Int](repeating: 0, count: b.count + 1)
  var last = Array(0...b.count)
  for i in a.indices {
    var row = [i + 1]
    for j in b.indices {
      var best = min(row[j] + 1, last[j + 1] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        best = min(best, beforeLast[j - 1] + 1)
      }
      row.append(best)
    }
    (beforeLast, last) = (last, row)
  }
  return last[b.count]
}
