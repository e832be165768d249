/// The longest text that stands in every text in which a pattern matches; empty when none has to.
///
/// Looking for it takes a fraction of the time of a search, and without it there is nothing to
/// search for.
enum RequiredText {
  static func of(_ node: PatternNode) -> String {
    var reader = Reader()
    reader.read(node)
    reader.endRun()
    return reader.longest
  }

  private struct Reader {
    private(set) var longest = ""
    /// What must stand right before the present place.
    private var run = ""

    mutating func endRun() {
      if run.utf8.count > longest.utf8.count { longest = run }
      run = ""
    }

    mutating func read(_ node: PatternNode) {
      switch node {
      case .character(let set):
        if let scalar = set.onlyScalar {
          run.unicodeScalars.append(scalar)
        } else {
          endRun()
        }
      // Between two characters nothing stands.
      case .assertion: break
      case .sequence(let nodes): for node in nodes { read(node) }
      // Each branch may be the one that matches.
      case .alternatives: endRun()
      case .repetition(let node, let least, _):
        endRun()
        guard least > 0 else { return }
        read(node)
        // How often it stands there is not known.
        endRun()
      }
    }
  }
}

extension ScalarSet {
  /// The one scalar that the set consists of; nil when there are more.
  fileprivate var onlyScalar: Unicode.Scalar? {
    guard !isNegated, !ignoresCase, parts.count == 1, case .range(let range) = parts[0],
      range.count == 1
    else { return nil }
    return Unicode.Scalar(range.lowerBound)
  }
}
