/// One digit as networks read it, and where the picture has it.
package struct FoundDigit: Equatable, Sendable {
  /// 28 × 28, 0 empty ground, 255 full ink.
  package let pixels: [UInt8]
  /// In the pixels of the picture.
  package let bounds: Rectangle
}

/// What a picture turned out to show.
package enum Finding: Equatable, Sendable {
  /// In reading order, at least one; and how many further pieces of ink were taken for no digit:
  /// what lies along the border, marks too small or of another shape.
  case digits([FoundDigit], leftOutCount: Int)
  /// Nothing that stands out of its ground as written ink does.
  case noInk

  /// What to say of `noInk`.
  package static let noInkReason = "nothing here looks like ink"
}

/// How many digits a picture shows.
package enum Arrangement: Sendable {
  case one
  /// Any number, side by side, in one row or several.
  case rows

  /// Which part of what stands out of the ground must be digits.
  fileprivate var leastShare: Float {
    switch self {
    case .one: 0.25
    case .rows: 0.6
    }
  }
}

extension GrayImage {
  /// Finds what is written and makes it look as MNIST does.
  package func findDigits(_ arrangement: Arrangement) -> Finding {
    let findings = InkMap.candidates(self).lazy.map { digits(on: $0, arrangement) }
    return findings.first { $0 != .noInk } ?? .noInk
  }

  private func digits(on map: InkMap, _ arrangement: Arrangement) -> Finding {
    guard let writing = Writing(on: map.ink) else { return .noInk }
    let candidates =
      switch arrangement {
      case .one: mainDigit(writing, map.scale)
      case .rows: readingOrder(groupedSideBySide(writing.pieces))
      }
    let groups = candidates.filter { $0.looksWritten(in: writing.ink, scale: map.scale) }
    // Where most of what stands out belongs to no digit, it is noise.
    let mass = groups.reduce(0) { $0 + $1.mass }
    guard !groups.isEmpty, mass >= arrangement.leastShare * writing.mass else { return .noInk }
    let readCount = groups.reduce(0) { $0 + $1.pieces.count }
    return .digits(
      groups.map { found($0, writing.ink, map.scale) },
      leftOutCount: writing.clutterCount + writing.pieces.count - readCount)
  }

  /// Marks close to the digit may be none of its parts, but clouds of the ground.
  private func mainDigit(_ writing: Writing, _ scale: Double) -> [Group] {
    guard let group = mainGroup(writing.pieces), let main = group.pieces.first else { return [] }
    return group.looksWritten(in: writing.ink, scale: scale) ? [group] : [Group(main)]
  }

  private func found(_ group: Group, _ ink: Plane, _ scale: Double) -> FoundDigit {
    let unscaled = { (position: Int, limit: Int) in
      min(limit, max(0, Int((Double(position) / scale).rounded())))
    }
    let bounds = group.bounds
    return FoundDigit(
      pixels: standardDigit(group, ink: ink),
      bounds: Rectangle(
        left: unscaled(bounds.left, width), top: unscaled(bounds.top, height),
        right: unscaled(bounds.right, width), bottom: unscaled(bounds.bottom, height)))
  }
}
