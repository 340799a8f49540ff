/// The body of our own interface, as JSON and as pixels.
func readPredict(_ bytes: UnsafeRawBufferPointer) {
  for type in ["application/json", "application/octet-stream"] {
    readBody(Array(bytes), of: .predict, headers: ["Content-Type: \(type)"])
  }
}
