import FileAccess
import Foundation

/// Where the architecture is kept in the header's metadata, as JSON.
private let architectureKey = "architecture"

extension Model {
  /// Decodes and validates the bytes of a safetensors file.
  package init(safetensors bytes: [UInt8]) throws(ModelFileError.Reason) {
    let (header, data) = try SafetensorsHeader.split(bytes)
    var metadata = header.metadata
    guard let json = metadata.removeValue(forKey: architectureKey) else {
      throw .architecture("the metadata has no “\(architectureKey)”")
    }
    let network: Network
    do {
      network = try JSONDecoder().decode(Network.self, from: Data(json.utf8))
    } catch {
      throw .architecture(jsonProblem(error))
    }
    let tensors = header.tensors.map { entry in
      (
        entry.name,
        Tensor(
          shape: entry.shape,
          values: floats(data[(data.startIndex + entry.start)..<(data.startIndex + entry.end)]))
      )
    }
    self.init(
      network: network, tensors: Dictionary(uniqueKeysWithValues: tensors), metadata: metadata)
    do { try validate() } catch { throw .model(error) }
  }

  /// The bytes of a safetensors file. The same model always gives the same bytes.
  package func safetensors() throws(ModelFileError.Reason) -> [UInt8] {
    let names = tensors.keys.sorted()
    var header: [String: Any] = ["__metadata__": try headerMetadata()]
    var end = 0
    for name in names {
      let tensor = tensors[name]!
      let start = end
      end += 4 * tensor.values.count
      header[name] =
        [
          "dtype": "F32", "shape": tensor.shape, "data_offsets": [start, end],
        ] as [String: Any]
    }
    var json: [UInt8]
    do {
      json = Array(try JSONSerialization.data(withJSONObject: header, options: .sortedKeys))
    } catch {
      throw .architecture(jsonProblem(error))
    }
    // Spaces align the tensors, so that a reader may map the file.
    json += Array(repeating: UInt8(ascii: " "), count: (8 - json.count % 8) % 8)
    guard json.count <= ModelLimits.headerByteCountMax else {
      throw .headerLength(got: UInt64(json.count), allowed: ModelLimits.headerByteCountMax)
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(SafetensorsHeader.prefixByteCount + json.count + end)
    withUnsafeBytes(of: UInt64(json.count).littleEndian) { bytes += $0 }
    bytes += json
    for name in names {
      for value in tensors[name]!.values {
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
      }
    }
    return bytes
  }

  private func headerMetadata() throws(ModelFileError.Reason) -> [String: String] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      let json = String(decoding: try encoder.encode(network), as: UTF8.self)
      return metadata.merging([architectureKey: json]) { _, architecture in architecture }
    } catch {
      throw .architecture(jsonProblem(error))
    }
  }
}

extension SafetensorsHeader {
  /// Reads and checks the header; returns it and the bytes behind it.
  static func split(
    _ bytes: [UInt8]
  ) throws(ModelFileError.Reason) -> (SafetensorsHeader, ArraySlice<UInt8>) {
    guard bytes.count > prefixByteCount else { throw .foreign(FileFormat(of: bytes)) }
    let length = bytes.prefix(prefixByteCount).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let lengthMax = min(ModelLimits.headerByteCountMax, bytes.count - prefixByteCount)
    // What is no safetensors file mostly claims a header beyond its end.
    guard length <= UInt64(lengthMax) else { throw .foreign(FileFormat(of: bytes)) }
    let dataStart = prefixByteCount + Int(length)
    do {
      var reader = HeaderReader(bytes[prefixByteCount..<dataStart])
      let header = try reader.read()
      try header.check(dataByteCount: bytes.count - dataStart)
      return (header, bytes[dataStart...])
    } catch {
      throw .header(error)
    }
  }
}

private func floats(_ bytes: ArraySlice<UInt8>) -> [Float] {
  bytes.withUnsafeBytes { raw in
    (0..<raw.count / 4).map { index in
      let bits = raw.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)
      return Float(bitPattern: UInt32(littleEndian: bits))
    }
  }
}
