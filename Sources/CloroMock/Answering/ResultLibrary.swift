import CloroContract
import HTTPServer
import JSON
import Synchronization

/// The result templates of all providers, each compiled when it is first needed.
final class ResultLibrary: Sendable {
  private final class Entry: Sendable {
    /// The most programs that are kept. Tests seldom ask for more than a few `include`s.
    private static let most = 64

    private let template: ResultTemplate
    private let programs = Mutex<[TemplateFacts: ResultProgram]>([:])
    /// How many bytes the latest result had: the next one's is rarely far from it.
    private let size = Atomic(4096)

    init(_ template: ResultTemplate) { self.template = template }

    /// Appends a result; as ``ResultRenderer/render(_:_:capacity:to:)``.
    func render(_ input: ResultRenderer.Input, to output: inout [UInt8]) -> [Int] {
      let start = output.count
      let links = ResultRenderer.render(
        program(for: TemplateFacts(input)), input,
        capacity: size.load(ordering: .relaxed) + 512, to: &output)
      size.store(output.count - start, ordering: .relaxed)
      return links
    }

    private func program(for facts: TemplateFacts) -> ResultProgram {
      let facts = facts.intersection(template.facts.union(.variety))
      return programs.withLock { programs in
        if let program = programs[facts] { return program }
        if programs.count == Self.most { programs.removeAll() }
        let program = ResultProgram(template, for: facts)
        programs[facts] = program
        return program
      }
    }
  }

  private let entries = Mutex<[Entry?]>(Array(repeating: nil, count: Provider.allCases.count))

  /// The body of a monitor's success.
  func body(of input: ResultRenderer.Input) -> [UInt8] {
    var body: [UInt8] = []
    _ = writeBody(of: input, to: &body)
    return body
  }

  /// Appends the body of a monitor's success.
  ///
  /// - Returns: Where the identifier of its links stands in the output.
  func writeBody(of input: ResultRenderer.Input, to output: inout [UInt8]) -> [Int] {
    output.append("{\"success\":true,\"result\":")
    let links = render(input, to: &output)
    output.append("}")
    return links
  }

  /// Appends the result of a request.
  ///
  /// - Returns: Where the identifier of its links stands in the output: nowhere for a stub's.
  @discardableResult
  func render(_ input: ResultRenderer.Input, to output: inout [UInt8]) -> [Int] {
    let entry = entry(of: input.request.provider)
    guard let stub = input.stub else { return entry.render(input, to: &output) }
    stub.write(
      over: {
        var result: [UInt8] = []
        _ = entry.render(input, to: &result)
        return result
      },
      { BrandedResult.make(of: $1, for: input, $0) }, to: &output)
    return []
  }

  private func entry(of provider: Provider) -> Entry {
    entries.withLock { entries in
      if let entry = entries[provider.index] { return entry }
      let entry = Entry(Self.compile(provider))
      entries[provider.index] = entry
      return entry
    }
  }

  /// Compiles a provider's built-in template; a test compiles all of them.
  static func compile(_ provider: Provider) -> ResultTemplate {
    do {
      let file = EmbeddedFiles.file("results/" + provider.row.resultFile)
      return try ResultTemplateCompiler.compile(try JSON(parsing: file))
    } catch {
      preconditionFailure("The result template of \(provider) is malformed: \(error)")
    }
  }
}
