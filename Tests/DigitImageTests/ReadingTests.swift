import DigitFiles
import DigitImage
import DigitModel
import DigitTraining
import Foundation
import Testing

/// What `compact` reads in pictures: the measure of what happens before the network.
private enum Reader {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  static func text(_ finding: Finding) throws -> String { try texts([finding])[0] }

  /// What each shows; "-" where there is no ink.
  static func texts(_ findings: [Finding]) throws -> [String] {
    var answers = try answers(findings.flatMap(\.candidates))[...]
    return findings.map { finding in
      switch finding {
      case .noInk: return "-"
      case .digits(let digits, _):
        let ours = Array(answers.prefix(digits.candidates.count))
        answers = answers.dropFirst(ours.count)
        return digits.chosen(ours.map(\.probability)).map { String(ours[$0].label) }.joined()
      }
    }
  }

  /// What is in each box; "-" where nothing is.
  static func text(_ boxes: [FoundBox]) throws -> String {
    var answers = try answers(boxes.compactMap(\.digit))[...]
    return boxes.map { $0.digit == nil ? "-" : "\(answers.removeFirst().label)" }.joined()
  }

  private static func answers(
    _ digits: [FoundDigit]
  ) throws -> [(label: Int, probability: Float)] {
    guard !digits.isEmpty else { return [] }
    let plan = try Plan(Model(contentsOf: "\(root)/Models/compact.safetensors"))
    let probabilities = try plan.probabilities(
      of: ImageSet(
        rows: 28, columns: 28, pixels: digits.flatMap(\.pixels), labels: digits.map { _ in 0 }))
    return digits.indices.map { index in
      let row = probabilities[10 * index..<10 * (index + 1)]
      let best = row.indices.max { row[$0] < row[$1] } ?? row.startIndex
      return (best - row.startIndex, row[best])
    }
  }

  static let testImages = try? ImageSet(
    images: "\(root)/Tests/Data/mnist/t10k-images-idx3-ubyte.gz",
    labels: "\(root)/Tests/Data/mnist/t10k-labels-idx1-ubyte.gz")
}

extension Finding {
  fileprivate var candidates: [FoundDigit] {
    switch self {
    case .digits(let digits, _): digits.candidates
    case .noInk: []
    }
  }
}

/// Sides of a picture that a digit may touch.
struct Sides: OptionSet, CustomTestStringConvertible {
  let rawValue: Int
  static let left = Sides(rawValue: 1)
  static let top = Sides(rawValue: 2)
  static let right = Sides(rawValue: 4)
  static let bottom = Sides(rawValue: 8)

  var testDescription: String {
    let names: [(Sides, String)] = [
      (.left, "left"), (.top, "top"), (.right, "right"), (.bottom, "bottom"),
    ]
    return names.filter { contains($0.0) }.map(\.1).joined(separator: ", ")
  }
}

/// A digit cut to its ink with two pixels of ground at each side but those it touches.
private func cut(_ digit: [UInt8], touching sides: Sides, scale: Int) -> (ink: [UInt8], Int, Int) {
  let inked = digit.indices.filter { digit[$0] > 0 }
  let (columns, rows) = (inked.map { $0 % 28 }, inked.map { $0 / 28 })
  let margin = { (side: Sides) in sides.contains(side) ? 0 : 2 }
  let left = (columns.min() ?? 0) - margin(.left)
  let top = (rows.min() ?? 0) - margin(.top)
  let width = scale * ((columns.max() ?? 27) + 1 + margin(.right) - left)
  let height = scale * ((rows.max() ?? 27) + 1 + margin(.bottom) - top)
  let ink = (0..<width * height).map { index -> UInt8 in
    let (x, y) = (left + index % width / scale, top + index / width / scale)
    return x >= 0 && y >= 0 && x < 28 && y < 28 ? digit[28 * y + x] : 0
  }
  return (ink, width, height)
}

private func picture(_ ink: [UInt8], _ width: Int, _ height: Int, isDark: Bool) -> GrayImage {
  GrayImage(width: width, height: height, pixels: isDark ? ink.map { 255 - $0 } : ink)
}

@Suite struct BorderReadingTests {
  private static let cases: [Sides] = [
    .left, .top, .right, .bottom, [.left, .top], [.right, .bottom], [.left, .right],
    [.left, .top, .right], [.top, .right, .bottom], [.left, .top, .right, .bottom],
  ]

  /// How many of 200 digits are read right.
  private static func rightCount(touching sides: Sides, scale: Int, isDark: Bool) throws -> Int {
    let images = try #require(Reader.testImages)
    let findings = (0..<200).map { index in
      let (ink, width, height) = cut(Array(images.image(index)), touching: sides, scale: scale)
      return picture(ink, width, height, isDark: isDark).findDigits(.one)
    }
    return zip(try Reader.texts(findings), images.labels).count { $0 == "\($1)" }
  }

  @Test(arguments: [1, 4], [true, false])
  func `digits that touch the border are read as those within it`(
    scale: Int, isDark: Bool
  ) throws {
    let within = try Self.rightCount(touching: [], scale: scale, isDark: isDark)
    #expect(within >= 198)
    for sides in Self.cases {
      let count = try Self.rightCount(touching: sides, scale: scale, isDark: isDark)
      #expect(count * 100 >= within * 98, "\(sides.testDescription): \(count) of \(within)")
    }
  }

  @Test func `a row whose outer digits touch the border is read whole`() throws {
    let images = try #require(Reader.testImages)
    var (wholeCount, next) = (0, 0)
    for row in 0..<40 {
      let (scale, indices) = (1 + row % 4, next..<next + 3 + row % 4)
      next = indices.upperBound
      let digits = indices.map {
        cut(Array(images.image($0)), touching: [.left, .top, .right, .bottom], scale: scale)
      }
      let gap = 4 * scale
      let width = digits.reduce(-gap) { $0 + $1.1 + gap }
      let height = (digits.map(\.2).max() ?? 0) + 6 * scale
      var ink = [UInt8](repeating: 0, count: width * height)
      var left = 0
      for (digit, digitWidth, digitHeight) in digits {
        for y in 0..<digitHeight {
          for x in 0..<digitWidth {
            ink[(3 * scale + y) * width + left + x] = digit[y * digitWidth + x]
          }
        }
        left += digitWidth + gap
      }
      let found = picture(ink, width, height, isDark: row / 4 % 2 == 0).findDigits(.rows)
      let labels = indices.map { String(images.labels[$0]) }.joined()
      if try Reader.text(found) == labels { wholeCount += 1 }
    }
    #expect(wholeCount >= 38, "\(wholeCount) of 40")
  }
}

@Suite struct TouchingDigitReadingTests {
  /// Two test images whose ink overlaps by a pixel where it comes closest.
  private static func pair(_ first: [UInt8], _ second: [UInt8]) -> GrayImage {
    let gaps = (0..<28).compactMap { row -> Int? in
      let end = (0..<28).last { first[28 * row + $0] > 127 }
      let start = (0..<28).first { second[28 * row + $0] > 127 }
      guard let end, let start else { return nil }
      return 28 + start - end - 1
    }
    let shift = 28 - (gaps.min() ?? 0) - 1
    var drawing = Drawing(width: 300, height: 160)
    drawing.draw(first, atX: 20, y: 24, scale: 4, contrast: -200)
    drawing.draw(second, atX: 20 + 4 * shift, y: 24, scale: 4, contrast: -200)
    return drawing.image
  }

  @Test func `digits that touch are cut apart where the network knows both`() throws {
    let images = try #require(Reader.testImages)
    let texts = try Reader.texts(
      (0..<60).map {
        Self.pair(Array(images.image(2 * $0)), Array(images.image(2 * $0 + 1)))
          .findDigits(.rows)
      })
    let right = texts.indices.count {
      texts[$0] == "\(images.labels[2 * $0])\(images.labels[2 * $0 + 1])"
    }
    #expect(right >= 15, "\(right) of 60")
  }

  @Test func `no digit that stands alone is cut`() throws {
    let images = try #require(Reader.testImages)
    let findings = (0..<400).map { index in
      var drawing = Drawing(width: 120, height: 120)
      drawing.draw(images.image(index), atX: 4, y: 4, scale: 4, contrast: -200)
      return drawing.image.findDigits(.rows)
    }
    let cutCount = try Reader.texts(findings).count { $0.count > 1 }
    #expect(cutCount <= 4, "\(cutCount) of 400")
  }
}

/// Tests/Data/photos and Tests/Data/difficult.
@Suite struct StoredPictureTests {
  private func rightCount(
    _ folder: String, _ arrangement: Arrangement
  ) throws -> (right: Int, count: Int) {
    let pictures = try labelled(folder)
    let findings = try pictures.map { try PictureFile.read($0.path).findDigits(arrangement) }
    let right = zip(try Reader.texts(findings), pictures).count { $0 == $1.text }
    return (right, pictures.count)
  }

  private func labelled(_ folder: String) throws -> [(path: String, text: String)] {
    let path = "\(Reader.root)/Tests/Data/\(folder)"
    return try String(contentsOfFile: "\(path)/labels.txt", encoding: .utf8)
      .split(separator: "\n").map { line in
        let words = line.split(separator: " ")
        return ("\(path)/\(words[0])", String(words[1]))
      }
  }

  @Test func `photographed and drawn digits are read`() throws {
    let (right, count) = try rightCount("photos/single", .one)
    #expect(right >= count - 3, "\(right) of \(count)")
  }

  @Test func `digits on difficult grounds are read`() throws {
    let (right, count) = try rightCount("difficult/single", .one)
    #expect(right >= count - 1, "\(right) of \(count)")
  }

  @Test func `no digit is seen where there is no ink`() throws {
    let (right, count) = try rightCount("difficult/empty", .one)
    #expect(right >= count - 1, "\(right) of \(count)")
  }

  @Test func `the boxes of forms are read, empty ones too`() throws {
    for (path, text) in try labelled("difficult/forms") {
      let read = try Reader.text(PictureFile.read(path).findBoxes())
      #expect(read == text, "\(path)")
    }
  }

  @Test func `rows on difficult grounds are read`() throws {
    let (right, count) = try rightCount("difficult/rows", .rows)
    #expect(right >= count - 1, "\(right) of \(count)")
  }
}

@Test(arguments: [
  (1, 1), (10_000, 1), (1, 10_000), (3, 3), (2, 400), (64, 64),
])
func `no picture ends the program`(width: Int, height: Int) {
  var state: UInt64 = UInt64(width * 31 + height)
  let noise = (0..<width * height).map { _ -> UInt8 in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt8(state >> 56)
  }
  let stripes = (0..<width * height).map { $0 % 7 < 3 ? UInt8(255) : 0 }
  for pixels in [noise, stripes, noise.map { $0 > 250 ? 255 : 0 }] {
    let image = GrayImage(width: width, height: height, pixels: pixels)
    _ = image.findDigits(.one)
    for digit in image.findDigits(.rows).candidates { #expect(digit.pixels.count == 784) }
  }
}
