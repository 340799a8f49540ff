import DigitHTTP

/// The first two bytes say how many of the others are JSON; 65,535 that all are.
func readOpenInference(_ bytes: UnsafeRawBufferPointer) {
  guard bytes.count >= 2 else { return }
  let count = Int(bytes[0]) | Int(bytes[1]) << 8
  readBody(
    Array(bytes.dropFirst(2)), of: .openInference(model: "fuzz", version: nil),
    headers: count == 0xffff ? [] : ["Inference-Header-Content-Length: \(count)"])
}
