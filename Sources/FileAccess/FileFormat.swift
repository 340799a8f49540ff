/// What a file is by its first bytes, in words for a person who named the wrong one.
package struct FileFormat: Equatable, Sendable {
  /// With its article: "a GIF picture".
  package let name: String

  package static let safetensors = "a safetensors file"

  /// Pictures coded as a frame of a video is.
  package var isHEIF: Bool { Self.brands.values.contains(name) }

  /// As many bytes as any format needs to be told.
  package static let headByteCount = 512

  /// - Parameter head: the first bytes, `headByteCount` or all there are.
  package init(of head: some Sequence<UInt8>) {
    let head = Array(head.prefix(Self.headByteCount))
    name = Self.signature(of: head) ?? Self.textual(head) ?? "data of an unknown format"
  }

  private static func signature(of head: [UInt8]) -> String? {
    if head.isEmpty { return "an empty file" }
    if head.starts(with: Array("RIFF".utf8)), head.dropFirst(8).starts(with: Array("WEBP".utf8)) {
      return "a WebP picture"
    }
    if head.dropFirst(4).starts(with: Array("ftyp".utf8)) {
      let brand = String(decoding: head.dropFirst(8).prefix(4), as: UTF8.self)
      return brands[brand] ?? "an MP4 video"
    }
    if head.dropFirst(257).starts(with: Array("ustar".utf8)) { return "a tar archive" }
    // The length of a JSON header, then the header: what no text begins with.
    if head.count > 9, head[8] == UInt8(ascii: "{"), head[3..<8].allSatisfy({ $0 == 0 }) {
      return safetensors
    }
    if head.count >= 4, head[0] == 0, head[1] == 0, (8...14).contains(head[2]),
      (1...4).contains(head[3])
    {
      return "an IDX file"
    }
    return signatures.first { head.starts(with: $0.bytes) }?.name
  }

  private static let brands = [
    "heic": "a HEIC picture", "heix": "a HEIC picture", "heim": "a HEIC picture",
    "heis": "a HEIC picture", "mif1": "a HEIF picture", "avif": "an AVIF picture",
  ]

  private static let signatures: [(bytes: [UInt8], name: String)] = [
    ([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], "a PNG picture"),
    ([0xff, 0xd8, 0xff], "a JPEG picture"), (Array("GIF8".utf8), "a GIF picture"),
    (Array("BM".utf8), "a BMP picture"), ([0x49, 0x49, 0x2a, 0], "a TIFF picture"),
    ([0x4d, 0x4d, 0, 0x2a], "a TIFF picture"),
    ([0x49, 0x49, 0x2b, 0], "a TIFF picture"), ([0x4d, 0x4d, 0, 0x2b], "a TIFF picture"),
    (Array("%PDF".utf8), "a PDF document"),
    ([0xff, 0x0a], "a JPEG XL picture"), (Array("PK\u{3}\u{4}".utf8), "a ZIP archive"),
    ([0x1f, 0x8b], "a gzip file"), (Array("BZh".utf8), "a bzip2 file"),
    ([0xfd, 0x37, 0x7a, 0x58, 0x5a], "an xz file"), ([0x28, 0xb5, 0x2f, 0xfd], "a zstd file"),
    ([0x37, 0x7a, 0xbc, 0xaf], "a 7-Zip archive"), ([0x7f, 0x45, 0x4c, 0x46], "a program"),
    ([0x89, 0x48, 0x44, 0x46], "an HDF5 file"), ([0x93] + Array("NUMPY".utf8), "a NumPy array"),
    (Array("digits\u{0}\u{1}".utf8), "a checkpoint"), ([0x80, 0x02], "a Python pickle"),
    ([0x80, 0x04], "a Python pickle"), (Array("SQLite format 3".utf8), "an SQLite database"),
  ]

  /// Formats that are text; nil for what is none.
  private static func textual(_ head: [UInt8]) -> String? {
    guard isText(head) else { return nil }
    let text = String(decoding: head, as: UTF8.self).drop { $0.isWhitespace }.lowercased()
    let kinds = [
      ("version https://git-lfs", "a Git LFS pointer, which stands for a file not downloaded"),
      ("<!doctype html", "an HTML page"), ("<html", "an HTML page"), ("<svg", "an SVG picture"),
      ("<?xml", "an XML file"), ("{", "a JSON file"), ("http/", "an HTTP answer"),
      ("-----begin", "a PEM file"),
    ]
    return kinds.first { text.hasPrefix($0.0) }?.1 ?? "a text file"
  }

  /// UTF-8 (perhaps cut within a character) or Latin-1 without control characters.
  private static func isText(_ head: [UInt8]) -> Bool {
    let controls = head.filter { ($0 < 0x20 && !(9...13).contains($0)) || $0 == 0x7f }
    guard controls.isEmpty else { return false }
    let letters = head.count { $0 < 0x80 }
    return (0...3).contains { String(validating: head.dropLast($0), as: UTF8.self) != nil }
      || 2 * letters > head.count
  }
}
