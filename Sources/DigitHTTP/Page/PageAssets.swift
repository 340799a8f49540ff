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

  /// Headers of a file, beside its policy and its entity tag. Isolation is what gives scripts a
  /// clock that resolves 5 µs. The document names its style and the modules that the page begins
  /// with: a browser fetches them at once, and not each when it has read what refers to it.
  package static func headers(of asset: PageAsset) -> [(name: String, value: String)] {
    asset.path == "/" ? isolation + [("Link", preloads)] : isolation
  }

  private static let isolation = [
    (name: "Cross-Origin-Opener-Policy", value: "same-origin"),
    (name: "Cross-Origin-Embedder-Policy", value: "require-corp"),
  ]

  /// RFC 8288, with the relations of the HTML standard.
  private static let preloads = importedModules(of: "/modules/main.js")
    .map { ", <\($0)>; rel=modulepreload" }.reduce("</style.css>; rel=preload; as=style", +)

  /// Paths of a module and of those that it imports, directly or not. What it loads later by
  /// `import()` is not among them.
  private static func importedModules(of path: String) -> [String] {
    var paths = [path]
    var at = 0
    while at < paths.count {
      let source = String(decoding: byPath[paths[at]]!.bytes, as: UTF8.self)
      for found in source.matches(of: #/\bfrom "\.\/([a-z-]+\.js)"/#) {
        let imported = "/modules/\(found.1)"
        if !paths.contains(imported) { paths.append(imported) }
      }
      at += 1
    }
    return paths
  }

  package static func asset(at path: String) -> PageAsset? { byPath[path] }

  private static let byPath = Dictionary(uniqueKeysWithValues: all.map { ($0.path, $0) })

  /// Nothing is loaded from elsewhere, no script or style stands within the document, and no other
  /// site shows the page in a frame.
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
