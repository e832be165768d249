import Bytes
import Crypto

/// What the page may load and run: its own style and script, identified by their hashes, and data
/// from its own origin. (Content Security Policy, level 3)
enum PagePolicy {
  /// The value of `Content-Security-Policy`.
  ///
  /// - Parameter html: The page, with one `<style>` and one `<script>` and no attributes on them.
  static func text(for html: [UInt8]) -> String {
    [
      "default-src 'none'",
      "style-src '\(source(of: "style", in: html))'",
      "script-src '\(source(of: "script", in: html))'",
      "connect-src 'self'",
      "img-src data:",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      // With this, text from outside can't become HTML or script by mistake.
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ].joined(separator: "; ")
  }

  /// An element's content as a hash source.
  private static func source(of element: String, in html: [UInt8]) -> String {
    guard let begin = end(of: "<\(element)>", in: html, from: 0),
      let past = end(of: "</\(element)>", in: html, from: begin)
    else { preconditionFailure("The page has no \(element).") }
    let content = html[begin..<past - element.utf8.count - 3]
    return "sha256-" + Base64.text(of: Array(SHA256.hash(data: content)))
  }

  private static func end(of text: String, in html: [UInt8], from start: Int) -> Int? {
    let wanted = Array(text.utf8)
    guard html.count - start >= wanted.count else { return nil }
    let found = (start...html.count - wanted.count).first { position in
      html[position..<position + wanted.count].elementsEqual(wanted)
    }
    return found.map { $0 + wanted.count }
  }
}
