/// What a header must say once, and in one way, before anybody acts on it.
extension FieldList {
  /// Two of them would be read as the first by one and as the last by another.
  private static let once: [StaticString] = [
    "host", "content-length", "transfer-encoding", "content-type", "content-encoding",
    "authorization", "expect", "inference-header-content-length",
  ]

  func checkOnce() throws(HTTPProblem) {
    for name in Self.once where indexes(of: name).count > 1 {
      throw .malformed("repeated_header", "expected the header \(name) once, got it twice")
    }
  }

  /// RFC 9112, section 6.3, with everything refused that it calls an error.
  func framing(versionMinor: Int) throws(HTTPProblem) -> RequestHead.Framing {
    let coding = indexes(of: "transfer-encoding").first.map(value)
    let length = indexes(of: "content-length").first.map(value)
    if let coding {
      guard length == nil else { throw .contentLength("Transfer-Encoding beside it") }
      guard versionMinor >= 1 else {
        throw .malformed(
          "bad_transfer_encoding", "expected HTTP/1.1 with Transfer-Encoding, got 1.0")
      }
      guard coding.elementsEqual("chunked".utf8, by: { $0.lowercased == $1 }) else {
        throw .transferCoding(String(decoding: coding, as: UTF8.self))
      }
      return .chunked
    }
    guard let length else { return .none }
    guard !length.isEmpty, length.allSatisfy(\.isDigit),
      let value = UInt64(String(decoding: length, as: UTF8.self))
    else { throw .contentLength("'\(String(decoding: length, as: UTF8.self))'") }
    return .length(value)
  }

  /// RFC 9112, section 3.2: one Host in HTTP/1.1, in whose place the target's own authority goes.
  func authority(
    ofTarget target: RequestTarget, versionMinor: Int
  ) throws(HTTPProblem) -> Authority? {
    guard let index = indexes(of: "host").first else {
      guard versionMinor == 0 else {
        throw .malformed("no_host", "expected the header Host, which HTTP/1.1 needs, got none")
      }
      return target.authority
    }
    guard let host = Authority(value(index)) else {
      throw .malformed(
        "bad_host",
        "expected HOST[:PORT] in the header Host, got '\(text(index))'"
      )
    }
    return target.authority ?? host
  }

  func expectsContinue(versionMinor: Int) throws(HTTPProblem) -> Bool {
    guard versionMinor >= 1, let index = indexes(of: "expect").first else { return false }
    guard value(index).elementsEqual("100-continue".utf8, by: { $0.lowercased == $1 }) else {
      throw HTTPProblem(
        .expectationFailed, code: "unknown_expectation",
        "expected 'Expect: 100-continue' or none, got '\(text(index))'",
        closes: true)
    }
    return true
  }

  func checkEncoding() throws(HTTPProblem) {
    guard let index = indexes(of: "content-encoding").first,
      !value(index).elementsEqual("identity".utf8, by: { $0.lowercased == $1 })
    else { return }
    throw HTTPProblem(
      .unsupportedMediaType, code: "encoded_body",
      "expected a body without Content-Encoding, got '\(text(index))': send it uncompressed",
      closes: true)
  }

  private func text(_ index: Int) -> String { String(decoding: value(index), as: UTF8.self) }
}
