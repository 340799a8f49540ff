import DigitModel
import Foundation
import Testing

@Suite struct ModelFileTests {
  @Test(arguments: Sample.all)
  func `a model survives its file`(network: Network) throws {
    let model = try Sample.model(network)
    let path = temporaryPath()
    defer { unlink(path) }
    try model.write(to: path)
    let read = try Model(contentsOf: path)
    #expect(read.network == model.network)
    #expect(read.tensors == model.tensors)
    #expect(read.metadata == ["made": "for a test"])
    #expect(try read.safetensors() == model.safetensors(), "and its bytes are always the same")
  }

  @Test func `writing replaces the file and leaves nothing beside it`() throws {
    let folder = temporaryPath()
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/model.safetensors"
    try Sample.model(Sample.mlp).write(to: path)
    try Sample.model(Sample.unfused).write(to: path)
    #expect(try Model(contentsOf: path).network == Sample.unfused)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["model.safetensors"])
  }

  @Test func `a file that cannot be opened is named`() {
    let error = #expect(throws: ModelFileError.self) { try Model(contentsOf: "/no/such/model") }
    #expect(error?.description == "model file /no/such/model: there is no such file")
    let folder = #expect(throws: ModelFileError.self) { try Model(contentsOf: "/tmp") }
    #expect(folder?.description == "model file /tmp: expected a file, got a folder")
  }

  @Test func `a file cut off anywhere is refused`() throws {
    let bytes = try Sample.model(Self.tiny).safetensors()
    for count in bytes.indices {
      #expect(throws: ModelFileError.Reason.self) {
        try Model(safetensors: Array(bytes[..<count]))
      }
    }
    #expect(throws: ModelFileError.Reason.self) { try Model(safetensors: bytes + [0]) }
  }

  @Test func `a header with any byte changed is refused or read, never a crash`() throws {
    let bytes = try Sample.model(Self.tiny).safetensors()
    for index in 0..<300 {
      for value in [0, 0x22, 0x2C, 0x39, 0x5C, 0x7D, 0xFF] as [UInt8] {
        var changed = bytes
        changed[index] = value
        _ = try? Model(safetensors: changed)
      }
    }
  }

  @Test func `weights that are no numbers or belong to nobody are refused`() throws {
    let model = try Sample.model(Self.tiny)
    let cases: [(ModelError, (inout Model) -> Void)] = [
      (.notFinite("layers.1.bias"), { $0.tensors["layers.1.bias"]!.values[1] = .nan }),
      (.unknownTensor("layers.0.bias"), { $0.tensors["layers.0.bias"] = tensor([2]) }),
      (
        .missingTensor("layers.1.bias", expected: [2]), { $0.tensors["layers.1.bias"] = nil }
      ),
      (
        .tensorShape("layers.1.bias", expected: [2], got: [1, 2]),
        { $0.tensors["layers.1.bias"] = tensor([1, 2]) }
      ),
    ]
    for (expected, damage) in cases {
      var damaged = model
      damage(&damaged)
      #expect(throws: expected) { try damaged.validate() }
    }
  }

  static let tiny = Network(
    name: "tiny", input: smallInput, layers: [.flatten, .dense(Dense(units: 2))])

  private static var smallInput: Network.Input {
    var input = Network.Input()
    input.height = 2
    input.width = 1
    return input
  }
}

private func tensor(_ shape: [Int]) -> Tensor {
  Tensor(shape: shape, values: Array(repeating: 0, count: shape.reduce(1, *)))
}

private func temporaryPath() -> String {
  FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
}
