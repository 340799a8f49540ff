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
  ///
  /// - Parameter candidatesMax: where there would be more ways to cut digits apart, none is cut.
  package func findDigits(_ arrangement: Arrangement, candidatesMax: Int = .max) -> Finding {
    let findings = InkMap.candidates(self).lazy.map {
      digits(on: $0, arrangement, candidatesMax: candidatesMax)
    }
    return findings.first { $0 != .noInk } ?? .noInk
  }

  private func digits(
    on map: InkMap, _ arrangement: Arrangement, candidatesMax: Int
  ) -> Finding {
    let writing = Writing(on: map.ink)
    let candidates =
      switch arrangement {
      case .one: mainDigit(writing, map.scale)
      case .rows: Array(rows(groupedSideBySide(writing.pieces), by: \.bounds).joined())
      }
    let groups = candidates.filter { $0.looksWritten(in: writing.ink, scale: map.scale) }
    // Where most of what stands out belongs to no digit, it is noise.
    let mass = groups.reduce(0) { $0 + $1.mass }
    guard !groups.isEmpty, mass >= arrangement.leastShare * writing.mass else { return .noInk }
    let readCount = groups.reduce(0) { $0 + $1.pieces.count }
    return .digits(
      FoundDigits(
        graphs(of: groups, arrangement, atMost: candidatesMax, on: writing.ink, map.scale)),
      leftOutCount: writing.clutterCount + writing.pieces.count - readCount)
  }

  private func graphs(
    of groups: [Group], _ arrangement: Arrangement, atMost candidatesMax: Int, on ink: Plane,
    _ scale: Double
  ) -> [[FoundDigits.Candidate]] {
    var readings = groups.map { arrangement.readings(of: $0, width: ink.width) }
    if readings.reduce(0, { $0 + $1.count }) > candidatesMax {
      readings = readings.map { Array($0.prefix(1)) }
    }
    return readings.map { readings in
      readings.map {
        .init(
          digit: digit($0.group, on: ink, scale: scale), parts: $0.parts, penalty: $0.penalty)
      }
    }
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
