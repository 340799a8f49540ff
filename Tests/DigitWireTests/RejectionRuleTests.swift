import DigitWire
import Testing

@Suite struct RejectionRuleTests {
  private let inked: [UInt8] = [0, 9, 0, 3]

  @Test func `an answer below the threshold means not a digit`() {
    #expect(RejectionRule.rejects(probability: 0.74, threshold: 0.75, pixels: inked))
    #expect(!RejectionRule.rejects(probability: 0.75, threshold: 0.75, pixels: inked))
    #expect(!RejectionRule.rejects(probability: 0.1, threshold: nil, pixels: inked))
  }

  @Test(arguments: [[], [200], [7, 7, 7], [0, 8, 3]] as [[UInt8]])
  func `an image whose pixels are all alike is none, however sure the model is`(pixels: [UInt8]) {
    #expect(RejectionRule.rejects(probability: 1, threshold: nil, pixels: pixels))
    let ink = pixels.map { Float($0) / 255 }
    #expect(RejectionRule.rejects(probability: 1, threshold: 0.5, ink: ink))
  }

  @Test func `floats are judged as bytes are`() {
    let ink = inked.map { Float($0) / 255 }
    #expect(!RejectionRule.rejects(probability: 0.75, threshold: 0.75, ink: ink))
    #expect(RejectionRule.rejects(probability: 0.74, threshold: 0.75, ink: ink))
  }
}
