import CloroContract
import HTTPServer
import JSON
import Synchronization

/// The result templates of all providers, each compiled when it is first needed.
final class ResultLibrary: Sendable {
  private let compiled = Mutex<[ResultTemplate?]>(
    Array(repeating: nil, count: Provider.allCases.count))

  /// The body of a monitor's success.
  func body(of input: ResultRenderer.Input) -> [UInt8] { linkedBody(of: input).body }

  /// The body of a monitor's success, and where the identifier of its links stands in it: nowhere
  /// for a stub's result.
  func linkedBody(of input: ResultRenderer.Input) -> (body: [UInt8], links: [Int]) {
    var body: [UInt8] = []
    body.reserveCapacity(4096)
    body.append("{\"success\":true,\"result\":")
    let links = render(input, to: &body)
    body.append("}")
    return (body, links)
  }

  /// Renders the result of a request.
  ///
  /// - Returns: Where the identifier of its links stands: nowhere for a stub's result.
  @discardableResult
  func render(_ input: ResultRenderer.Input, to output: inout [UInt8]) -> [Int] {
    let template = template(of: input.request.provider)
    guard let stub = input.stub else { return ResultRenderer.render(template, input, to: &output) }
    stub.write(
      over: {
        var original: [UInt8] = []
        ResultRenderer.render(template, input, to: &original)
        return original
      }, { BrandedResult.make(of: $1, for: input, $0) }, to: &output)
    return []
  }

  private func template(of provider: Provider) -> ResultTemplate {
    compiled.withLock { compiled in
      if let template = compiled[provider.index] { return template }
      let template = Self.compile(provider)
      compiled[provider.index] = template
      return template
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
