import FileAccess

/// Why a model file cannot be read or written. Says which file.
package struct ModelFileError: Error, CustomStringConvertible {
  package enum Reason: Error, CustomStringConvertible {
    case file(FileError)
    /// It is no safetensors file, or a part of one.
    case foreign(FileFormat)
    case headerLength(got: UInt64, allowed: Int)
    case header(HeaderProblem)
    case architecture(String)
    case model(ModelError)

    package var description: String {
      switch self {
      case .file(let error): error.reason
      case .foreign(let format):
        "expected a safetensors file, got "
          + (format.name == FileFormat.safetensors ? "one cut short" : format.name)
      case .headerLength(let got, let allowed):
        "expected a header of at most \(allowed) bytes, got \(got)"
      case .header(let problem): "expected a valid header, got a bad one: \(problem)"
      case .architecture(let message): "expected a usable architecture: \(message)"
      case .model(let error): "expected the weights of its network: \(error)"
      }
    }
  }

  package var path: String
  package var reason: Reason

  package var description: String { "model file \(path): \(reason)" }
}

extension Model {
  /// Reads a model from a safetensors file and validates it.
  package init(contentsOf path: String) throws(ModelFileError) {
    let bytes: [UInt8]
    do {
      bytes = try InputFile.read(path, limit: ModelLimits.fileByteCountMax, kinds: .files)
    } catch {
      throw ModelFileError(path: path, reason: .file(error))
    }
    do {
      self = try Model(safetensors: bytes)
    } catch {
      throw ModelFileError(path: path, reason: error)
    }
  }

  /// Writes a safetensors file; a reader or a crash never meets half a model.
  package func write(to path: String) throws(ModelFileError) {
    do { try validate() } catch { throw ModelFileError(path: path, reason: .model(error)) }
    let bytes: [UInt8]
    do { bytes = try safetensors() } catch { throw ModelFileError(path: path, reason: error) }
    do {
      try OutputFile(path).write(bytes)
    } catch {
      throw ModelFileError(path: path, reason: .file(error))
    }
  }
}
