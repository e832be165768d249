/// The bodies of recent monitor answers. Clients under load ask few different questions, and the
/// same question has the same answer, but for its links. Used by one event loop only.
final class RecentAnswers {
  private final class Answer: Sendable {
    let input: ResultRenderer.Input
    let body: [UInt8]
    /// Where the identifier of its links stands.
    let links: [Int]

    init(input: ResultRenderer.Input, body: [UInt8], links: [Int]) {
      self.input = input
      self.body = body
      self.links = links
    }

    /// The body with another identifier in its links.
    func body(linkedAs input: ResultRenderer.Input) -> [UInt8] {
      guard !links.isEmpty else { return body }
      var body = body
      let id = Array(input.id.text.utf8)
      for link in links { body.replaceSubrange(link..<link + id.count, with: id) }
      return body
    }
  }

  /// The largest body that is stored, in bytes.
  private static let largest = 8 * 1024
  /// The most memory that is kept for the next body, in bytes.
  private static let keptMemory = 64 * 1024
  private let library: ResultLibrary
  @exclusivity(unchecked) private var places = RecentPlaces<Answer>()
  /// The last body that was rendered. The next one takes its memory, which is in the processor's
  /// caches, unless the response still has it.
  @exclusivity(unchecked) private var last: [UInt8] = []

  init(_ library: ResultLibrary) { self.library = library }

  /// The body of a monitor's success.
  ///
  /// - Parameter input: Is replaced by an equal one that is kept already, if there is one, so that
  ///   the journal's entries share it.
  func body(of input: inout ResultRenderer.Input) -> [UInt8] {
    // A stub's result doesn't depend on the question alone, and may be large.
    guard input.stub == nil else { return library.body(of: input) }
    let number = input.number
    if let answer = places[number], answer.input.isEqual(butForLinksTo: input) {
      if answer.links.isEmpty { input = answer.input }
      return answer.body(linkedAs: input)
    }
    last.removeAll(keepingCapacity: last.capacity <= Self.keptMemory)
    let links = library.writeBody(of: input, to: &last)
    if last.count <= Self.largest {
      places.offer(number) { [input, last] in
        // A copy, which has no more memory than it needs.
        let body = last.withUnsafeBufferPointer { Array($0) }
        return Answer(input: input, body: body, links: links)
      }
    }
    return last
  }
}
