import DigitHTTP

/// Whether a request may have its answer, judged by its head alone.
struct HTTPAdmission {
  let hosts: HTTPHosts
  let access: AccessList
  let origin: PeerOrigin
  let isDraining: Bool

  /// What the request wants.
  /// - Throws: in the order of what is checked: whom it takes us for, where it comes from, what it
  ///   wants, by which method, who sends it, and whether anything new is taken.
  func route(_ head: RequestHead) throws(HTTPProblem) -> HTTPRoute {
    try checkHost(head)
    try checkOrigin(head)
    guard let route = HTTPRoute(path: head.path) else {
      throw HTTPProblem(
        .notFound, code: "not_found",
        "expected a path that /openapi.json lists, got '\(head.path)'")
    }
    guard route.methods.contains(head.method) else {
      let names = route.methods.map(\.rawValue).joined(separator: " or ")
      throw HTTPProblem(
        .methodNotAllowed, code: "method_not_allowed",
        "expected \(names) for '\(head.path)', got \(head.method.rawValue)", allow: route.methods)
    }
    if !route.isPublic { try checkToken(head, for: route) }
    if isDraining, !route.isPublic {
      throw HTTPProblem(
        .serviceUnavailable, code: "draining",
        "expected a server that takes requests, got one that is stopping: use another",
        retryAfterSeconds: 1)
    }
    return route
  }

  private func checkHost(_ head: RequestHead) throws(HTTPProblem) {
    // Only HTTP/1.0 has requests without; no browser sends such.
    guard let authority = head.authority, !hosts.contains(authority) else { return }
    throw HTTPProblem(
      .misdirectedRequest, code: "unknown_host",
      "expected a Host that this server listens on or was given with --http-host, "
        + "got '\(authority.host)'",
      closes: true)
  }

  /// A page of another origin may send a simple request without asking first (CORS): it is told no
  /// before anything is computed for it.
  private func checkOrigin(_ head: RequestHead) throws(HTTPProblem) {
    guard let origin = head.first("origin") else { return }
    // "null", or scheme://host[:port].
    let authority = origin.split(separator: "/").dropFirst().first.flatMap { Authority($0.utf8) }
    if let authority, authority == head.authority { return }
    throw HTTPProblem(
      .forbidden, code: "cross_origin",
      "expected a page of this server, got one of the origin '\(origin)'")
  }

  private func checkToken(_ head: RequestHead, for route: HTTPRoute) throws(HTTPProblem) {
    let scheme = "bearer "
    let given = head.first("authorization")
    let isBearer = given?.lowercased().hasPrefix(scheme) == true
    let token = isBearer ? given?.utf8.dropFirst(scheme.utf8.count) : nil
    guard let scopes = access.judge(token ?? "".utf8[...]).scopes(for: origin) else {
      throw HTTPProblem(
        .unauthorized, code: "unauthenticated",
        "expected a token that this server knows as 'Authorization: Bearer TOKEN', got "
          + (given == nil ? "none" : "another"),
        closes: true)
    }
    guard let scope = route.scope, !scopes.contains(scope) else { return }
    throw HTTPProblem(
      .forbidden, code: "permission_denied",
      scopes.refusal(of: "'\(head.path)'", wanting: scope))
  }
}
