/// Code that reads bytes which anybody may have written, as the fuzzers and their regression
/// tests call it. Whatever the bytes are, `read` returns; a crash, or a broken `precondition` of
/// its own, is a finding.
package enum Subject: String, CaseIterable, Sendable {
  case frames = "Frames"
  case requests = "Requests"
  case safetensors = "Safetensors"
  case idx = "IDX"
  case openInference = "OpenInference"
  case tensorFlowServing = "TensorFlowServing"
  case predict = "Predict"
  case pictures = "Pictures"
  case repositoryIndex = "RepositoryIndex"
  case configuration = "Configuration"
  case tlsRecords = "TLSRecords"
  case tokenList = "TokenList"

  package func read(_ bytes: UnsafeRawBufferPointer) {
    switch self {
    case .frames: readFrames(bytes)
    case .requests: readRequests(bytes)
    case .safetensors: readSafetensors(bytes)
    case .idx: readIDX(bytes)
    case .openInference: readOpenInference(bytes)
    case .tensorFlowServing: readTensorFlowServing(bytes)
    case .predict: readPredict(bytes)
    case .pictures: readPicture(bytes)
    case .repositoryIndex: readRepositoryIndex(bytes)
    case .configuration: readConfiguration(bytes)
    case .tlsRecords: readTLSRecords(bytes)
    case .tokenList: readTokenList(bytes)
    }
  }
}
