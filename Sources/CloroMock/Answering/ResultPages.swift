import CloroContract
import DequeModule
import JSON
import Simulation
import Synchronization

/// The pages behind the `html` links of answers. Each shows its answer for 24 hours of the double's
/// clock.
final class ResultPages: Sendable {
  private struct Page {
    let input: ResultRenderer.Input
    let keptAt: Timestamp
  }

  private struct State {
    var pages: [Identifier: Page] = [:]
    var order: Deque<Identifier> = []
  }

  /// How long a link works, in nanoseconds. [2026-10, section 7]
  private static let lifetime: Int64 = 24 * 3600 * 1_000_000_000
  /// The most answers that are kept; the oldest are dropped first.
  private static let limit = 10_000

  private let library: ResultLibrary
  private let state = Mutex(State())

  init(library: ResultLibrary) { self.library = library }

  /// Keeps an answer if it contains a link.
  ///
  /// - Parameters:
  ///   - input: Made only then.
  ///   - include: What it includes.
  func keep(
    _ input: @autoclosure () -> ResultRenderer.Input, including include: Include,
    at now: Timestamp
  ) {
    guard include.contains(.html) else { return }
    let input = input()
    let id = input.id
    state.withLock { state in
      if state.pages.updateValue(Page(input: input, keptAt: now), forKey: id) == nil {
        state.order.append(id)
      }
      if state.order.count > Self.limit { state.pages[state.order.removeFirst()] = nil }
    }
  }

  /// The page behind a link; nil when there is none or it has expired.
  ///
  /// - Parameters:
  ///   - id: The result's identifier.
  ///   - number: The result page, from 1.
  func html(_ id: Identifier, page number: Int, at now: Timestamp) -> [UInt8]? {
    guard let page = state.withLock({ $0.pages[id] }),
      now.nanoseconds - page.keptAt.nanoseconds < Self.lifetime,
      1...page.input.request.pages ~= number
    else { return nil }
    var bytes: [UInt8] = []
    library.render(page.input, to: &bytes)
    guard let result = try? JSON(parsing: bytes) else { return nil }
    return HTMLPage.write(result, of: page.input.request, page: number)
  }
}

/// An answer as an HTML page. Everything that the double hasn't written itself is escaped.
enum HTMLPage {
  static func write(_ result: JSON, of request: MonitorRequest, page: Int) -> [UInt8] {
    // Not the question: what it names must not be found in its answer.
    let title = escaped("\(request.provider.rawValue), result page \(page)")
    var html = """
      <!doctype html>
      <html lang="en">
      <head><meta charset="utf-8"><title>\(title)</title></head>
      <body>
      <h1>\(title)</h1>

      """
    for paragraph in (result["text"]?.string ?? "").split(separator: "\n") {
      html += "<p>\(escaped(paragraph))</p>\n"
    }
    let lists = ["organicResults", "newsResults", "sources"]
    for list in lists { html += entries(result[list]?.array ?? [], page: page) }
    html += "</body>\n</html>\n"
    return Array(html.utf8)
  }

  /// The links of one result page, or of an answer without pages.
  private static func entries(_ items: [JSON], page: Int) -> String {
    let shown = items.filter { $0["page"] == nil || $0["page"]?.integer == Int64(page) }
    guard !shown.isEmpty else { return "" }
    let rows = shown.map { item in
      let link = item["link"]?.string ?? item["url"]?.string ?? ""
      // A stub may contain any text here, and a page must not run it as a script.
      let address = WebAddress(link) == nil ? "" : escaped(link)
      let title = escaped(item["title"]?.string ?? item["label"]?.string ?? "")
      let text = escaped(item["snippet"]?.string ?? item["description"]?.string ?? "")
      return "<li><a href=\"\(address)\">\(title)</a> \(text)</li>\n"
    }
    return "<ol>\n\(rows.joined())</ol>\n"
  }

  static func escaped(_ text: some StringProtocol) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
