/// What a picture turned out to show.
package enum Finding: Equatable, Sendable {
  /// At least one; and how many further pieces of ink were taken for no digit:
  /// what lies along the border, marks too small or of another shape.
  case digits(FoundDigits, leftOutCount: Int)
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

  fileprivate func readings(of group: Group, width: Int) -> [TouchingDigits.Reading] {
    switch self {
    case .one: [.init(group: group, parts: 0..<1, penalty: 0)]
    case .rows: TouchingDigits(group, width: width).readings
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
    let writing = Writing(on: map.ink)
    let candidates =
      switch arrangement {
      case .one: [mainDigit(writing, map.scale)]
      case .rows: rows(groupedSideBySide(writing.pieces), by: \.bounds)
      }
    let written = candidates.map { row in
      row.filter { $0.looksWritten(in: writing.ink, scale: map.scale) }
    }
    // Where most of what stands out belongs to no digit, it is noise.
    let groups = written.flatMap { $0 }
    let mass = groups.reduce(0) { $0 + $1.mass }
    guard !groups.isEmpty, mass >= arrangement.leastShare * writing.mass else { return .noInk }
    let readCount = groups.reduce(0) { $0 + $1.pieces.count }
    return .digits(
      FoundDigits(graph(of: written, arrangement, on: writing.ink, map.scale)),
      leftOutCount: writing.clutterCount + writing.pieces.count - readCount)
  }

  private func graph(
    of rows: [[Group]], _ arrangement: Arrangement, on ink: Plane, _ scale: Double
  ) -> [FoundDigits.Candidate] {
    var found: [FoundDigits.Candidate] = []
    for row in rows {
      for group in row {
        let start = found.map(\.parts.upperBound).max() ?? 0
        found += arrangement.readings(of: group, width: ink.width).map { reading in
          .init(
            digit: digit(reading.group, on: ink, scale: scale),
            parts: start + reading.parts.lowerBound..<start + reading.parts.upperBound,
            penalty: reading.penalty)
        }
      }
    }
    return found
  }

  /// Marks close to the digit may be none of its parts, but clouds of the ground.
  private func mainDigit(_ writing: Writing, _ scale: Double) -> [Group] {
    guard let group = mainGroup(writing.pieces), let main = group.pieces.first else { return [] }
    return group.looksWritten(in: writing.ink, scale: scale) ? [group] : [Group(main)]
  }

  /// - Parameter scale: working pixels for each of the picture.
  func digit(_ group: Group, on ink: Plane, scale: Double) -> FoundDigit {
    FoundDigit(
      pixels: standardDigit(group, ink: ink),
      bounds: unscaled(group.bounds, by: scale))
  }

  /// In pixels of the picture.
  func unscaled(_ bounds: Rectangle, by scale: Double) -> Rectangle {
    let unscaled = { (position: Int, limit: Int) in
      min(limit, max(0, Int((Double(position) / scale).rounded())))
    }
    return Rectangle(
      left: unscaled(bounds.left, width), top: unscaled(bounds.top, height),
      right: unscaled(bounds.right, width), bottom: unscaled(bounds.bottom, height))
  }
}
