/// An article of the manual as Markdown that reads well without DocC.
enum ArticleText {
  /// The articles' names, in order.
  static var names: [String] {
    (EmbeddedFiles.folder("articles").map(\.name) + [ControlReference.name]).sorted()
  }

  /// An article by its name, which has to be one of ``names``.
  static func named(_ name: String) -> String {
    name == ControlReference.name
      ? ControlReference.text : plain(EmbeddedFiles.file("articles/\(name)"))
  }

  /// All articles, in the order of their names.
  static var all: [(name: String, text: String)] { names.map { ($0, named($0)) } }

  /// Tabs become sections that stand one after the other, and links to articles lose DocC's scheme.
  static func plain(_ bytes: EmbeddedFiles.Bytes) -> String {
    var lines: [Substring] = []
    var isCode = false
    let text = String(decoding: bytes, as: UTF8.self).replacing("<doc:", with: "<")
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        isCode.toggle()
      } else if !isCode {
        if line == "@TabNavigator {" || line == "}" { continue }
        if let title = tab(line) {
          lines += ["#### \(title)"]
          continue
        }
        if line.isEmpty && lines.last?.isEmpty == true { continue }
      }
      lines.append(line)
    }
    return lines.joined(separator: "\n")
  }

  /// The title of a tab, which `@Tab("Python") {` begins.
  private static func tab(_ line: Substring) -> Substring? {
    let (begin, end) = ("@Tab(\"", "\") {")
    guard line.hasPrefix(begin), line.hasSuffix(end) else { return nil }
    return line.dropFirst(begin.count).dropLast(end.count)
  }
}
