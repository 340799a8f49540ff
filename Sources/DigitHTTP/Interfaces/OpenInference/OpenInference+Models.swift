/// What the protocol tells of the server and its models, each as the body of a 200.
extension OpenInference {
  /// `GET /v2`
  package static func server(version: String) -> EncodedBody {
    .json { json in
      json.member("name", "digitd")
      json.member("version", version)
      json.key("extensions")
      json.array { json in
        for name in [
          "binary_tensor_data", "classification", "model_configuration", "model_repository",
          "statistics",
        ] {
          json.value(name)
        }
      }
    }
  }

  /// `GET /v2/health/live`
  package static func liveness(_ isLive: Bool) -> EncodedBody {
    .json { $0.member("live", isLive) }
  }

  /// `GET /v2/health/ready`
  package static func readiness(_ isReady: Bool) -> EncodedBody {
    .json { $0.member("ready", isReady) }
  }

  /// `GET /v2/models/M[/versions/V]/ready`
  package static func readiness(of model: ServedModel) -> EncodedBody {
    .json { json in
      json.member("name", model.name)
      json.member("ready", true)
    }
  }

  /// `GET /v2/models/M[/versions/V]`
  package static func metadata(of model: ServedModel) -> EncodedBody {
    .json { json in
      json.member("name", model.name)
      json.key("versions")
      json.array { json in
        for version in model.versions { json.value("\(version)") }
      }
      json.member("platform", "digits")
      json.key("inputs")
      json.array { tensor(&$0, "image", "FP32", [-1, 28, 28]) }
      json.key("outputs")
      json.array { json in
        tensor(&json, "probabilities", "FP32", [-1, model.classCount])
        tensor(&json, "label", "INT64", [-1])
      }
    }
  }

  private static func tensor(
    _ json: inout JSONWriter, _ name: String, _ datatype: String, _ shape: [Int]
  ) {
    json.object { json in
      json.member("name", name)
      json.member("datatype", datatype)
      json.member("shape", shape)
    }
  }

  /// `GET /v2/models/M[/versions/V]/config`: as Triton's `ModelConfig` has it, sizes without the
  /// batch's.
  package static func configuration(
    of model: ServedModel, limits: InferenceLimits
  ) -> EncodedBody {
    .json { json in
      json.member("name", model.name)
      json.member("platform", "digits")
      json.member("backend", "digits")
      json.member("max_batch_size", limits.imagesMax)
      json.key("input")
      json.array { dimensions(&$0, "image", "TYPE_FP32", [28, 28]) }
      json.key("output")
      json.array { json in
        dimensions(&json, "probabilities", "TYPE_FP32", [model.classCount])
        // One number an image, and none of its own in the shape.
        dimensions(&json, "label", "TYPE_INT64", [1], reshape: [])
      }
    }
  }

  private static func dimensions(
    _ json: inout JSONWriter, _ name: String, _ type: String, _ sizes: [Int],
    reshape: [Int]? = nil
  ) {
    json.object { json in
      json.member("name", name)
      json.member("data_type", type)
      json.member("dims", sizes)
      guard let reshape else { return }
      json.key("reshape")
      json.object { $0.member("shape", reshape) }
    }
  }

  /// `POST /v2/repository/index`
  package static func index(of models: [IndexedModel]) -> EncodedBody {
    .json(arrayOf: models) { json, model in
      json.member("name", model.name)
      json.member("version", model.version.map { "\($0)" } ?? "")
      json.member("state", model.isServed ? "READY" : "UNAVAILABLE")
      json.member("reason", model.reason)
    }
  }

  /// `POST /v2/repository/models/M/load`
  package static func loading(of name: String) -> EncodedBody {
    .json { json in
      json.member("name", name)
      json.member("load", true)
    }
  }

  /// `POST /v2/repository/models/M/unload`
  package static func unloading(of name: String) -> EncodedBody {
    .json { json in
      json.member("name", name)
      json.member("unload", true)
    }
  }

  /// `GET /v2/models/M[/versions/V]/stats` and `/v2/models/stats`; times in nanoseconds.
  package static func statistics(of models: [ServedModel]) -> EncodedBody {
    .json { json in
      json.key("model_stats")
      json.array { json in
        for model in models { statistics(&json, model) }
      }
    }
  }

  private static func statistics(_ json: inout JSONWriter, _ model: ServedModel) {
    let counters = model.counters
    json.object { json in
      json.member("name", model.name)
      json.member("version", "\(model.version)")
      json.member("last_inference", counters.lastRequestMilliseconds)
      json.member("inference_count", counters.imageCount)
      json.member("execution_count", counters.batchCount)
      json.key("inference_stats")
      json.object { json in
        let answered = counters.answeredCount
        duration(&json, "success", answered, microseconds: counters.totalMicroseconds)
        duration(&json, "fail", counters.failedCount, microseconds: 0)
        duration(&json, "queue", answered, microseconds: counters.queueMicroseconds)
        duration(&json, "compute_input", answered, microseconds: 0)
        duration(&json, "compute_infer", answered, microseconds: counters.computeMicroseconds)
        duration(&json, "compute_output", answered, microseconds: 0)
      }
      json.key("batch_stats")
      json.array { _ in }
    }
  }

  private static func duration(
    _ json: inout JSONWriter, _ name: StaticString, _ count: UInt64, microseconds: UInt64
  ) {
    json.key(name)
    json.object { json in
      json.member("count", count)
      json.member("ns", microseconds * 1_000)
    }
  }
}
