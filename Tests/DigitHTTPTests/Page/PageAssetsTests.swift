import DigitHTTP
import Foundation
import Testing

private let folder = URL(filePath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  .appending(path: "Sources/DigitHTTP/Page")

private func text(of asset: PageAsset) -> String { String(decoding: asset.bytes, as: UTF8.self) }

/// What the files of the page refer to: modules that are imported, and whatever HTML, CSS and
/// JavaScript name by an absolute path.
private func references(in asset: PageAsset) -> Set<String> {
  let text = text(of: asset)
  let modules = text.matches(of: /from "\.(\/[a-z-]+\.js)"/).map { "/modules\($0.1)" }
  let others = text.matches(of: /(?:href=|src=|url\(|fetch\()"(\/[^"]*)"/).map { String($0.1) }
  return Set(modules + others)
}

struct PageAssetsTests {
  @Test func `the document comes first, and as HTML`() {
    #expect(PageAssets.all.first?.path == "/")
    #expect(PageAssets.asset(at: "/")?.contentType == "text/html; charset=utf-8")
    #expect(PageAssets.asset(at: "/")?.bytes.starts(with: Array("<!doctype html>".utf8)) == true)
  }

  @Test func `the whole page is smaller than 100 KiB`() {
    #expect(PageAssets.all.reduce(0) { $0 + $1.bytes.count } < 100 * 1024)
  }

  @Test(arguments: [
    ("/style.css", "text/css; charset=utf-8", "style.css"),
    ("/modules/main.js", "text/javascript; charset=utf-8", "Modules/main.js"),
    ("/favicon.svg", "image/svg+xml", "Images/favicon.svg"),
    ("/test-digits.zlib", "application/octet-stream", "Images/test-digits.zlib"),
  ])
  func `a file is served as it is in the repository`(
    path: String, contentType: String, file: String
  ) throws {
    let asset = try #require(PageAssets.asset(at: path))
    #expect(asset.contentType == contentType)
    #expect(Data(asset.bytes) == (try Data(contentsOf: folder.appending(path: file))))
  }

  @Test func `every module of the repository is served`() throws {
    let modules = try FileManager.default.contentsOfDirectory(
      atPath: folder.appending(path: "Modules").path)
    #expect(!modules.isEmpty)
    for module in modules { #expect(PageAssets.asset(at: "/modules/\(module)") != nil) }
  }

  @Test func `the document's header names what the page begins with, to be fetched at once`()
    throws
  {
    let links = PageAssets.all.map { asset in
      PageAssets.headers(of: asset).first { $0.name == "Link" }?.value
    }
    let named = try #require(links[0]).split(separator: ", ").map(String.init)
    #expect(
      named.prefix(2) == [
        "</style.css>; rel=preload; as=style", "</modules/main.js>; rel=modulepreload",
      ])
    let modules = named.dropFirst().map { $0.prefix { $0 != ";" } }
    // Imported by main.js itself, and by a module that it imports.
    #expect(modules.contains("</modules/sheet.js>") && modules.contains("</modules/format.js>"))
    #expect(Set(modules).count == modules.count)
    // Loaded when the page can be used, or when one looks at the server.
    #expect(!modules.contains("</modules/tray.js>") && !modules.contains("</modules/chart.js>"))
    #expect(links.dropFirst().allSatisfy { $0 == nil })
  }

  @Test func `what the page's files refer to is served, by the page or by an interface`() {
    let interfaces: Set<String> = ["/metrics", "/openapi.json"]
    let named = Set(PageAssets.all.flatMap(references))
    #expect(named.isSuperset(of: ["/style.css", "/modules/main.js", "/test-digits.zlib"]))
    for path in named.subtracting(interfaces) {
      #expect(PageAssets.asset(at: path) != nil, "nothing is at \(path)")
    }
  }

  @Test(arguments: ["/index.html", "/modules/", "/modules/../style.css", "", "style.css"])
  func `no other path is a file of the page`(path: String) {
    #expect(PageAssets.asset(at: path) == nil)
  }

  @Test func `entity tags are quoted and differ from file to file`() {
    let tags = PageAssets.all.map(\.entityTag)
    #expect(Set(tags).count == tags.count)
    #expect(tags.allSatisfy { $0.wholeMatch(of: /"[0-9a-f]{8,16}"/) != nil })
  }

  @Test func `no script and no style stands within the document`() throws {
    let html = text(of: try #require(PageAssets.asset(at: "/")))
    #expect(!html.contains(" style=") && !html.contains("<style"))
    #expect(html.firstMatch(of: /\son[a-z]+=/) == nil)
    #expect(html.matches(of: /<script/).count == 1)
    #expect(PageAssets.contentSecurityPolicy.hasPrefix("default-src 'none'; "))
  }

  @Test func `nothing is loaded from elsewhere`() {
    for asset in PageAssets.all where asset.contentType.hasPrefix("text/") {
      let text = text(of: asset).replacing("http://www.w3.org/2000/svg", with: "")
      #expect(!text.contains("://"), "\(asset.path) names another server")
    }
  }
}
