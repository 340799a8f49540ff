/// The body of TensorFlow Serving's predict interface.
func readTensorFlowServing(_ bytes: UnsafeRawBufferPointer) {
  readBody(Array(bytes), of: .tensorFlowServing(model: "fuzz", version: 1))
}
