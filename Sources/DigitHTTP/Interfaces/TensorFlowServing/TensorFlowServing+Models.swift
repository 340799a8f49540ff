/// What TensorFlow Serving tells of a model, each as the body of a 200.
extension TensorFlowServing {
  /// `GET /v1/models/M[/versions/V]`. `name` and `ready` are what clients of KServe's first
  /// protocol look for at the same place.
  package static func status(of model: ServedModel) -> EncodedBody {
    .json { json in
      json.member("name", model.name)
      json.member("ready", true)
      json.key("model_version_status")
      json.array { json in
        for version in model.versions {
          json.object { json in
            json.member("version", "\(version)")
            json.member("state", "AVAILABLE")
            json.key("status")
            json.object { json in
              json.member("error_code", "OK")
              json.member("error_message", "")
            }
          }
        }
      }
    }
  }

  /// `GET /v1/models/M[/versions/V]/metadata`
  package static func metadata(of model: ServedModel) -> EncodedBody {
    .json { json in
      json.key("model_spec")
      json.object { json in
        json.member("name", model.name)
        json.member("signature_name", "")
        json.member("version", "\(model.version)")
      }
      json.key("metadata")
      json.object { json in
        json.key("signature_def")
        json.object { json in
          json.key("signature_def")
          json.object { signature(&$0, classCount: model.classCount) }
        }
      }
    }
  }

  private static func signature(_ json: inout JSONWriter, classCount: Int) {
    json.key("serving_default")
    json.object { json in
      json.key("inputs")
      json.object { json in
        json.key("image")
        tensor(&json, "image", [-1, 28, 28])
      }
      json.key("outputs")
      json.object { json in
        json.key("probabilities")
        tensor(&json, "probabilities", [-1, classCount])
      }
      json.member("method_name", "tensorflow/serving/predict")
    }
  }

  /// Sizes are texts: protocol buffers write 64-bit integers so.
  private static func tensor(_ json: inout JSONWriter, _ name: String, _ sizes: [Int]) {
    json.object { json in
      json.member("dtype", "DT_FLOAT")
      json.key("tensor_shape")
      json.object { json in
        json.key("dim")
        json.array { json in
          for size in sizes {
            json.object { json in
              json.member("size", "\(size)")
              json.member("name", "")
            }
          }
        }
        json.member("unknown_rank", false)
      }
      json.member("name", "\(name):0")
    }
  }
}
