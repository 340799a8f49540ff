import DigitServer
import DigitWire
import Testing

struct ForeignSpeechTests {
  @Test(arguments: [
    (Array("GET / HTTP/1.1\r\n".utf8), ForeignSpeech.http),
    (Array("OPTIONS * HTTP/1.0\r\n".utf8), .http),
    (Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8), .http2),
    ([22, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3], .tls),
    (Array("SSH-2.0-OpenSSH_9.2\r\n".utf8), .ssh),
  ])
  func `other protocols are known by their first bytes`(bytes: [UInt8], speech: ForeignSpeech) {
    #expect(ForeignSpeech(firstBytes: bytes) == speech)
    #expect(speech.refusal.code == .malformedFrame)
    #expect(speech.refusal.message.hasSuffix(speech.rawValue))
  }

  @Test(arguments: [
    [], [22], [22, 3, 1, 2, 0], [22, 3, 1, 2, 0, 2], Array("GETTING".utf8), Array("SSH".utf8),
    [0, 0, 0, 0, 7, 0xD1],
  ])
  func `what is none of them has no name`(bytes: [UInt8]) {
    #expect(ForeignSpeech(firstBytes: bytes) == nil)
  }
}
