import DigitHTTP
import Foundation
import Testing

private func document() throws -> [String: Any] {
  let json = try JSONSerialization.jsonObject(with: Data(OpenAPIDocument.bytes))
  return try #require(json as? [String: Any])
}

/// Every value under a key, however deep.
private func values(of key: String, in json: Any) -> [Any] {
  switch json {
  case let object as [String: Any]:
    (object[key].map { [$0] } ?? []) + object.values.flatMap { values(of: key, in: $0) }
  case let array as [Any]: array.flatMap { values(of: key, in: $0) }
  default: []
  }
}

private typealias Operation = (name: String, value: [String: Any])

private func operations() throws -> [Operation] {
  let paths = try #require(try document()["paths"] as? [String: [String: [String: Any]]])
  return paths.flatMap { path, methods in
    methods.map { ("\($0.key.uppercased()) \(path)", $0.value) }
  }
}

struct OpenAPIDocumentTests {
  @Test func `the document is of version 3.1`() throws {
    #expect(try document()["openapi"] as? String == "3.1.0")
  }

  @Test func `every reference leads somewhere`() throws {
    let document = try document()
    let references = values(of: "$ref", in: document).compactMap { $0 as? String }
    #expect(references.count > 100)
    for reference in Set(references) {
      let keys = reference.split(separator: "/").dropFirst()
      let target = keys.reduce(document as Any?) { ($0 as? [String: Any])?[String($1)] }
      #expect(target != nil, "\(reference)")
    }
  }

  @Test func `operations have names of their own`() throws {
    let names = try operations().compactMap { $0.value["operationId"] as? String }
    #expect(names.count == Set(names).count)
    #expect(names.count == (try operations()).count)
  }

  @Test func `every mistake has the one shape`() throws {
    let components = try #require(try document()["components"] as? [String: Any])
    let responses = try #require(components["responses"] as? [String: Any])
    for (name, response) in responses {
      let reference = values(of: "$ref", in: response).first as? String
      #expect(reference == "#/components/schemas/Problem", "\(name)")
    }
    for operation in try operations() where !operation.name.hasPrefix("HEAD") {
      let responses = try #require(operation.value["responses"] as? [String: [String: Any]])
      for (status, response) in responses where status != "200" {
        let isReference = (response["$ref"] as? String)?.hasPrefix("#/components/responses/")
        #expect(isReference == true, "\(operation.name) \(status)")
      }
    }
  }

  @Test func `statuses are those that the server has`() throws {
    let known = Set(HTTPStatus.allCases.map { "\($0.rawValue)" })
    for operation in try operations() {
      let responses = try #require(operation.value["responses"] as? [String: Any])
      #expect(Set(responses.keys).isSubset(of: known), "\(operation.name)")
      #expect(responses["405"] != nil && responses["421"] != nil, "\(operation.name)")
    }
  }
}
