import CloroContract
import JSON

/// Whether a rule can match anything at all: a misspelt path would otherwise never strike, and
/// nobody would be told.
extension RuleMatch {
  /// Notes a path or method that no request of the other conditions can have.
  ///
  /// - Parameters:
  ///   - point: Where the fault strikes. Those on tasks and webhooks know a task's submission only.
  ///   - place: Where the match stands.
  func checkRoutes(at point: FaultKind.Point, _ place: ObjectPlace) {
    let routes = Self.routes(at: point).filter { isAskable(at: $0, point) }
    guard let path else { return checkMethod(of: routes, "the API", place) }
    let meant = routes.filter { Self.path(path, canBeOf: $0) }
    guard meant.isEmpty else { return checkMethod(of: meant, path, place) }
    let known = Self.unique(routes.map(\.path))
    let all = Self.unique(
      known + Self.beginnings(of: known) + Self.instances(of: known, like: path))
    // A query isn't part of a path.
    let hint = ObjectReader.hint(String(path.prefix { $0 != "?" && $0 != "#" }), all)
    let shown = ShownText.value(path)
    place.fail(
      "path",
      "\"\(shown)\" can match nothing\(hint); allowed: \(known.joined(separator: ", ")), a path of "
        + "one of them, or the beginning of paths with * behind it")
  }

  private func checkMethod(of routes: [Endpoint], _ path: String, _ place: ObjectPlace) {
    guard let method else { return }
    let known = Self.unique(routes.map(\.method)).flatMap { $0 == "GET" ? ["GET", "HEAD"] : [$0] }
    guard !known.contains(method) else { return }
    let alternatives = ObjectReader.alternatives(to: method, in: known)
    place.fail(
      "method", "\"\(ShownText.value(method))\" is no method of \(path)\(alternatives)")
  }

  /// The routes whose requests a point concerns, of all revisions.
  private static func routes(at point: FaultKind.Point) -> [Endpoint] {
    let known = Endpoint.all.filter { $0.kind != .unknown }
    switch point {
    case .admission, .hold, .latency, .delivery: return known
    case .taskEnd, .webhookPassage, .webhookSignature:
      return known.filter { $0.kind == .createTask }
    }
  }

  /// Whether a request to a route can meet the conditions on the question.
  private func isAskable(at route: Endpoint, _ point: FaultKind.Point) -> Bool {
    guard provider != nil || prompt != nil else { return true }
    switch (route.kind, point) {
    case (.monitor(let asked), _): return provider == nil || provider == asked
    case (_, .taskEnd), (_, .webhookPassage), (_, .webhookSignature): return true
    // A request that submits tasks may have several questions, so none is its own.
    default: return false
    }
  }

  /// Whether a condition includes a path of a route.
  private static func path(_ path: String, canBeOf route: Endpoint) -> Bool {
    let (beginning, end) = parts(of: route.path)
    guard path.hasSuffix("*") else {
      guard path != route.path, !end.isEmpty else { return path == route.path }
      return path.hasPrefix(beginning) && isSegment(path.dropFirst(beginning.count))
    }
    let wanted = path.dropLast()
    if route.path.hasPrefix(wanted) { return true }
    return !end.isEmpty && wanted.hasPrefix(beginning)
      && isSegment(wanted.dropFirst(beginning.count))
  }

  /// A route's path up to its variable segment, and that segment; empty when there is none.
  private static func parts(of route: String) -> (beginning: Substring, end: Substring) {
    let end = route.firstIndex(of: "{") ?? route.endIndex
    return (route[..<end], route[end...])
  }

  /// Whether a text may be a variable segment of a request target (RFC 3986, section 3.3).
  private static func isSegment(_ text: Substring) -> Bool {
    let others = "-._~%!$&'()*+,;=:@"
    return !text.isEmpty
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
          UInt8(ascii: "A")...UInt8(ascii: "Z"):
          true
        default: others.utf8.contains(byte)
        }
      }
  }

  /// The beginnings that paths share, with `*` behind them.
  private static func beginnings(of routes: [String]) -> [String] {
    routes.flatMap { route in
      route.indices.filter { route[$0] == "/" && $0 > route.startIndex }.map {
        String(route[...$0]) + "*"
      }
    }
  }

  /// The routes with a variable segment, with the last segment of a path in its place.
  private static func instances(of routes: [String], like path: String) -> [String] {
    let last = path.split(separator: "/").last ?? ""
    guard isSegment(last) else { return [] }
    return routes.filter { $0.hasSuffix("}") }.map { String(parts(of: $0).beginning) + last }
  }

  private static func unique(_ texts: [String]) -> [String] {
    texts.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}
