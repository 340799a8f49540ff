/// Appends `text` as a JSON string, with its quotation marks (RFC 8259, section 7).
///
/// `<`, `>` and `&` are escaped too, so that the text means nothing where somebody puts it into
/// a page, and so are U+2028 and U+2029, which end a line of JavaScript.
package func appendJSONString(_ text: String, to bytes: inout [UInt8]) {
  bytes.append(UInt8(ascii: "\""))
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": bytes.append(contentsOf: #"\""#.utf8)
    case "\\": bytes.append(contentsOf: #"\\"#.utf8)
    case "\n": bytes.append(contentsOf: #"\n"#.utf8)
    case "\r": bytes.append(contentsOf: #"\r"#.utf8)
    case "\t": bytes.append(contentsOf: #"\t"#.utf8)
    case "<", ">", "&", "\u{0}"..."\u{1F}", "\u{7F}", "\u{2028}", "\u{2029}":
      appendEscape(of: scalar, to: &bytes)
    default: bytes.append(contentsOf: UTF8.encode(scalar)!)
    }
  }
  bytes.append(UInt8(ascii: "\""))
}

private func appendEscape(of scalar: Unicode.Scalar, to bytes: inout [UInt8]) {
  let digits = Array("0123456789abcdef".utf8)
  bytes.append(contentsOf: #"\u"#.utf8)
  for shift in [12, 8, 4, 0] { bytes.append(digits[Int(scalar.value >> shift) & 0xF]) }
}
