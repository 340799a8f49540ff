import DigitHTTP
import DigitServer
import Testing

struct HTTPRouteTests {
  private func model(_ name: String, _ version: UInt32? = nil) -> HTTPRoute.ModelPath {
    HTTPRoute.ModelPath(name: name, version: version)
  }

  @Test func `every path of the interfaces has its route`() {
    #expect(HTTPRoute(path: "/livez") == .live)
    #expect(HTTPRoute(path: "/readyz") == .ready)
    #expect(HTTPRoute(path: "/metrics") == .metrics)
    #expect(HTTPRoute(path: "/v1/predict") == .inference(.predict))
    #expect(HTTPRoute(path: "/v1/models") == .models)
    #expect(HTTPRoute(path: "/v1/models/m") == .tensorFlowServing(.status(model("m"))))
    #expect(
      HTTPRoute(path: "/v1/models/m/versions/1/metadata")
        == .tensorFlowServing(.metadata(model("m", 1))))
    #expect(
      HTTPRoute(path: "/v1/models/m:predict")
        == .inference(.tensorFlowServing(model: "m", version: nil)))
    #expect(
      HTTPRoute(path: "/v1/models/m/versions/2:predict")
        == .inference(.tensorFlowServing(model: "m", version: 2)))
    #expect(HTTPRoute(path: "/v2") == .openInference(.server))
    #expect(HTTPRoute(path: "/v2/health/live") == .openInference(.live))
    #expect(HTTPRoute(path: "/v2/health/ready") == .openInference(.ready))
    #expect(HTTPRoute(path: "/v2/repository/index") == .openInference(.repositoryIndex))
    #expect(HTTPRoute(path: "/v2/models/stats") == .openInference(.statistics))
    #expect(HTTPRoute(path: "/v2/models/m") == .openInference(.model(model("m"), .metadata)))
    #expect(
      HTTPRoute(path: "/v2/models/m/versions/1/infer")
        == .inference(.openInference(model: "m", version: 1)))
    #expect(HTTPRoute(path: "/v2/models/m/config") == .openInference(.model(model("m"), .config)))
    #expect(HTTPRoute(path: "/v2/models/m/ready") == .openInference(.model(model("m"), .ready)))
  }

  @Test(arguments: [
    "", "/v1", "/v1/", "/v1/predict/", "/v1/models/", "/v1/models/:predict", "/v2/models",
    "/v2/models/m/versions", "/v2/models/m/else", "/v2/models/m/infer/more", "/v2/health",
    "/v1/models/m/versions/1/metadata:predict", "/metrics/", "/v2/models/m/versions/x",
    "/index.html/..", "/v3",
  ])
  func `nothing else is there`(path: String) {
    #expect(HTTPRoute(path: path) == nil)
  }

  @Test func `inference is asked for by POST and everything else by GET`() {
    for path in [
      "/v1/predict", "/v2/models/m/infer", "/v1/models/m:predict", "/v2/repository/index",
    ] {
      #expect(HTTPRoute(path: path)?.methods == [.post], "\(path)")
    }
    for path in ["/v2", "/metrics", "/v1/models/m", "/", "/livez"] {
      #expect(HTTPRoute(path: path)?.methods == [.get, .head], "\(path)")
    }
  }

  @Test func `only what tells nothing is for everybody`() {
    for path in ["/", "/livez", "/readyz", "/openapi.json", "/v2/health/live"] {
      #expect(HTTPRoute(path: path)?.isPublic == true, "\(path)")
    }
    for path in ["/metrics", "/v1/models", "/v1/predict", "/v2", "/v2/models/m/infer"] {
      #expect(HTTPRoute(path: path)?.isPublic == false, "\(path)")
    }
  }
}
