/// What a request asks for (RFC 9112, section 3.2): `/path?query`, the same after `http://host`,
/// or `*`.
struct RequestTarget: Equatable {
  /// Decoded, and safe to be taken for a path: it begins with `/`, and no segment is `.` or `..`.
  var path: String
  var query: [QueryItem]
  /// Of a target that names its server; it takes the place of Host.
  var authority: Authority?

  init(_ bytes: ArraySlice<UInt8>, method: HTTPMethod) throws(HTTPProblem) {
    if bytes.elementsEqual("*".utf8) {
      guard method == .options else {
        throw .target("'*' with \(method.rawValue), which only OPTIONS may ask for")
      }
      self.path = "*"
      self.query = []
      return
    }
    var rest = bytes
    if rest.first != UInt8(ascii: "/") { authority = try Self.takeAuthority(from: &rest) }
    let mark = rest.firstIndex(of: UInt8(ascii: "?")) ?? rest.endIndex
    path = try Self.path(rest[..<mark])
    query = try Self.query(rest[mark...].dropFirst())
  }

  /// Takes `http://host:port` off the front.
  private static func takeAuthority(
    from rest: inout ArraySlice<UInt8>
  ) throws(HTTPProblem) -> Authority {
    let scheme = "http://".utf8
    guard rest.count > scheme.count,
      zip(rest, scheme).allSatisfy({ $0.lowercased == $1 })
    else { throw .target("'\(String(decoding: rest.prefix(40), as: UTF8.self))'") }
    rest = rest.dropFirst(scheme.count)
    let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
    guard let authority = Authority(rest[..<(end ?? rest.endIndex)]) else {
      throw .target("no valid HOST[:PORT] in it")
    }
    rest = rest[(end ?? rest.endIndex)...]
    return authority
  }

  private static func path(_ bytes: ArraySlice<UInt8>) throws(HTTPProblem) -> String {
    // `http://host` and `http://host?query` mean the root.
    if bytes.isEmpty { return "/" }
    let path = try decoded(bytes, plusIsBlank: false) { byte, isEscaped in
      // An escaped slash is a character of a name, which no name here has; somebody on the way
      // may have taken it for a slash.
      byte == UInt8(ascii: "\\") || (isEscaped && byte == UInt8(ascii: "/"))
    }
    for segment in path.utf8.split(separator: UInt8(ascii: "/"))
    where segment.elementsEqual(".".utf8) || segment.elementsEqual("..".utf8) {
      throw .target("a path with a segment '\(String(Substring(segment)))'")
    }
    return path
  }

  private static func query(_ bytes: ArraySlice<UInt8>) throws(HTTPProblem) -> [QueryItem] {
    var items: [QueryItem] = []
    for pair in bytes.split(separator: UInt8(ascii: "&")) {
      let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
      items.append(
        QueryItem(
          name: try decoded(pair[..<equals], plusIsBlank: true) { _, _ in false },
          value: try decoded(pair[equals...].dropFirst(), plusIsBlank: true) { _, _ in false }))
    }
    return items
  }

  /// Resolves `%41` and refuses what is no text, control characters, and what `isBanned` names.
  private static func decoded(
    _ bytes: ArraySlice<UInt8>, plusIsBlank: Bool, isBanned: (UInt8, _ isEscaped: Bool) -> Bool
  ) throws(HTTPProblem) -> String {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var index = bytes.startIndex
    while index < bytes.endIndex {
      var byte = bytes[index]
      let isEscaped = byte == .percent
      if isEscaped {
        guard index + 2 < bytes.endIndex, let high = bytes[index + 1].hexadecimalValue,
          let low = bytes[index + 2].hexadecimalValue
        else { throw .target("'%' without two hexadecimal digits") }
        byte = high << 4 | low
        index += 2
      } else if byte == UInt8(ascii: "#") {
        throw .target("a fragment, which stays with the client")
      } else if plusIsBlank, byte == UInt8(ascii: "+") {
        byte = .space
      }
      guard !byte.isControl, !isBanned(byte, isEscaped) else {
        throw .target("\(isEscaped ? "an escaped " : "")\(byte.described)")
      }
      result.append(byte)
      index += 1
    }
    guard let text = String(validating: result, as: UTF8.self) else {
      throw .target("escapes that are not UTF-8")
    }
    return text
  }
}

/// One `name=value` of a query, decoded.
package struct QueryItem: Equatable, Sendable {
  package var name: String
  package var value: String

  package init(name: String, value: String) {
    self.name = name
    self.value = value
  }
}

extension HTTPProblem {
  fileprivate static func target(_ got: String) -> HTTPProblem {
    .malformed("bad_target", "expected a target '/PATH[?QUERY]' in percent-encoding, got \(got)")
  }
}
