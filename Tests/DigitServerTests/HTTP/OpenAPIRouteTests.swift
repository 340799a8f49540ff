import DigitHTTP
import DigitServer
import Foundation
import Testing

/// The document at /openapi.json and the routes say the same.
struct OpenAPIRouteTests {
  private typealias Operations = [String: [String: Any]]

  private static func paths() throws -> [String: Operations] {
    let json = try JSONSerialization.jsonObject(with: Data(OpenAPIDocument.bytes))
    let document = try #require(json as? [String: Any])
    return try #require(document["paths"] as? [String: Operations])
  }

  private static func route(_ template: String) throws -> HTTPRoute {
    let path = template.replacing("{model}", with: "compact").replacing("{version}", with: "1")
    return try #require(HTTPRoute(path: path), "\(path) is described and does not exist")
  }

  @Test func `every path that is described exists, with the same methods`() throws {
    for (template, operations) in try Self.paths() {
      let methods = try Self.route(template).methods.map { $0.rawValue.lowercased() }
      #expect(Set(operations.keys) == Set(methods), "\(template)")
    }
  }

  @Test func `what needs no token is described so`() throws {
    for (template, operations) in try Self.paths() {
      let route = try Self.route(template)
      for operation in operations.values {
        let security = try #require(operation["security"] as? [[String: Any]])
        #expect(security.contains { $0["token"] != nil } != route.isPublic, "\(template)")
      }
    }
  }

  @Test func `every kind of route is described`() throws {
    let described = try Self.paths().keys.map { try Self.route($0) }
    let model = HTTPRoute.ModelPath(name: "compact")
    let expected: [HTTPRoute] = [
      .live, .ready, .metrics, .openAPI, .models, .inference(.predict),
      .inference(.openInference(model: "compact", version: nil)),
      .inference(.tensorFlowServing(model: "compact", version: 1)), .openInference(.server),
      .openInference(.live), .openInference(.ready), .openInference(.repositoryIndex),
      .openInference(.statistics), .openInference(.model(model, .metadata)),
      .openInference(.model(model, .ready)), .openInference(.model(model, .config)),
      .openInference(.model(model, .statistics)), .tensorFlowServing(.status(model)),
      .tensorFlowServing(.metadata(model)), .repository(.load("compact")),
      .repository(.unload("compact")),
    ]
    for route in expected { #expect(described.contains(route), "\(route)") }
  }
}
