/// A printed box of a form, and what is written in it.
package struct FoundBox: Equatable, Sendable {
  /// Without its walls, in the pixels of the picture.
  package let bounds: Rectangle
  /// Nil where the box is empty.
  package let digit: FoundDigit?

  /// What to say where there is none.
  package static let noBoxesReason = "nothing here looks like a printed box"
}

extension GrayImage {
  /// The boxes of a form, row by row, each with one digit or none.
  package func findBoxes() -> [FoundBox] {
    let found = InkMap.candidates(self).lazy.map { boxes(on: $0) }
    return found.first { !$0.isEmpty } ?? []
  }

  private func boxes(on map: InkMap) -> [FoundBox] {
    let writing = Writing(on: map.ink)
    // A frame around the boxes is none of them.
    let boxes = writing.boxes.filter { box in
      !writing.boxes.contains { $0 != box && box.contains($0) }
    }
    return rows(boxes, by: { $0 }).joined().map { box in
      let pieces = writing.pieces.filter { box.holdsMiddle(of: $0.bounds) }
      let group = mainGroup(pieces).flatMap { group in
        let isDigit =
          group.bounds.height * 4 >= box.height
          && group.looksWritten(in: writing.ink, scale: map.scale)
        return isDigit ? group : nil
      }
      return FoundBox(
        bounds: unscaled(box, by: map.scale),
        digit: group.map { digit($0, on: writing.ink, scale: map.scale) })
    }
  }
}
