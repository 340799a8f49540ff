import DigitKernels
import DigitModel
import Foundation
import Testing

/// Models, images and probabilities made by NumPy: see Tests/Data/models/make-golden.py.
@Suite struct GoldenTests {
  static let names = ["every-layer", "sigmoid-end"]

  @Test(arguments: names, KernelTable.all)
  func `a plan agrees with NumPy`(name: String, kernels: KernelTable) throws {
    let golden = try Golden(name)
    let plan = try Plan(golden.model, kernels: kernels)
    #expect(largestDifference(plan.classify(golden.pixels), golden.probabilities) < 1e-6)
  }

  @Test(arguments: names)
  func `the reference agrees with NumPy`(name: String) throws {
    let golden = try Golden(name)
    let probabilities = stride(from: 0, to: golden.pixels.count, by: 784).flatMap { first in
      golden.model.evaluateReference(
        golden.pixels[first..<first + 784].map { Float($0) / 255 })
    }
    #expect(largestDifference(probabilities, golden.probabilities) < 1e-6)
  }

  @Test func `metadata that Python escaped is read as it was meant`() throws {
    #expect(try Golden("every-layer").model.metadata["made"] == "by make-golden.py – “NumPy” ☃ 😀")
  }
}

private struct Golden {
  let model: Model
  let pixels: [UInt8]
  let probabilities: [Float]

  init(_ name: String) throws {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let folder = tests.appending(path: "Data/models")
    model = try Model(contentsOf: folder.appending(path: "\(name).safetensors").path)
    let digits = Array(try #require(model.metadata["pixels"]).utf8)
    pixels = try stride(from: 0, to: digits.count, by: 2).map { index in
      let byte = String(decoding: digits[index..<index + 2], as: UTF8.self)
      return try #require(UInt8(byte, radix: 16))
    }
    probabilities = try JSONDecoder().decode(
      [Float].self, from: Data(try #require(model.metadata["probabilities"]).utf8))
  }
}
