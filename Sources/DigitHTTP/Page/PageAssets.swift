import CPage

/// A file of the page, as a server sends it.
package struct PageAsset {
  /// From the root of the server: "/style.css".
  package let path: String
  package let contentType: String
  /// In the program's own image: valid for ever.
  package let bytes: UnsafeRawBufferPointer
  /// With its quotation marks; another where the bytes are others.
  package let entityTag: String
}

/// The page at `/`: HTML, style, modules and images, part of the program.
package enum PageAssets {
  /// In the order in which they are embedded, the document first.
  package static let all: [PageAsset] = {
    var count = 0
    let files = digits_page_files(&count)
    return UnsafeBufferPointer(start: files, count: count).map(PageAsset.init)
  }()

  /// Headers of every file. Nothing is loaded from elsewhere, no script or style stands within the
  /// document, and no other site shows the page in a frame. Isolation is what gives scripts a clock
  /// that resolves 5 µs. A browser asks each time whether its copy is still the newest.
  package static let isolation: [(name: String, value: String)] = [
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Embedder-Policy", "require-corp"),
  ]

  package static func asset(at path: String) -> PageAsset? { byPath[path] }

  private static let byPath = Dictionary(uniqueKeysWithValues: all.map { ($0.path, $0) })

  package static let contentSecurityPolicy = [
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data: blob:",
    "connect-src 'self'", "form-action 'none'", "base-uri 'none'", "frame-ancestors 'none'",
  ].joined(separator: "; ")
}

// The bytes are constants.
extension PageAsset: @unchecked Sendable {}

extension PageAsset {
  fileprivate init(_ file: digits_page_file) {
    path = String(cString: file.path)
    bytes = UnsafeRawBufferPointer(start: file.bytes, count: file.count)
    contentType = Self.contentType(of: path)
    entityTag = "\"\(String(Self.hash(bytes), radix: 16))\""
  }

  private static func contentType(of path: String) -> String {
    switch path.split(separator: ".").last {
    case "css": "text/css; charset=utf-8"
    case "js": "text/javascript; charset=utf-8"
    case "svg": "image/svg+xml"
    case "zlib": "application/octet-stream"
    default: "text/html; charset=utf-8"
    }
  }

  /// FNV-1a of 64 bits: tells versions of one file apart.
  private static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}
