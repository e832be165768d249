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

    /// Renders a result; as ``ResultRenderer/render(_:_:capacity:_:)``.
    func render<Value>(
      _ input: ResultRenderer.Input, _ use: (UnsafeBufferPointer<UInt8>, [Int]) -> Value
    ) -> Value {
      let facts = TemplateFacts(input.request, input.revision, input.style)
      let capacity = size.load(ordering: .relaxed) + 512
      return ResultRenderer.render(program(for: facts), input, capacity: capacity) {
        (bytes, links) in
        size.store(bytes.count, ordering: .relaxed)
        return use(bytes, links)
      }
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
  func body(of input: ResultRenderer.Input) -> [UInt8] { linkedBody(of: input).body }

  /// The body of a monitor's success, and where the identifier of its links stands in it: nowhere
  /// for a stub's result.
  func linkedBody(of input: ResultRenderer.Input) -> (body: [UInt8], links: [Int]) {
    let start: StaticString = "{\"success\":true,\"result\":"
    guard input.stub == nil else {
      var body: [UInt8] = []
      body.append(start)
      render(input, to: &body)
      body.append("}")
      return (body, [])
    }
    return entry(of: input.request.provider).render(input) { result, links in
      var body: [UInt8] = []
      body.reserveCapacity(start.utf8CodeUnitCount + result.count + 1)
      body.append(start)
      body.append(contentsOf: result)
      body.append("}")
      return (body, links.map { $0 + start.utf8CodeUnitCount })
    }
  }

  /// Appends the result of a request.
  func render(_ input: ResultRenderer.Input, to output: inout [UInt8]) {
    let entry = entry(of: input.request.provider)
    guard let stub = input.stub else {
      return entry.render(input) { result, _ in output.append(contentsOf: result) }
    }
    stub.write(
      over: { entry.render(input) { result, _ in Array(result) } },
      { BrandedResult.make(of: $1, for: input, $0) }, to: &output)
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
