import CloroContract
import HTTPServer
import JSON

/// Renders a result from its template: pure, and the same for the same input.
struct ResultRenderer {
  /// What the expressions of a template stand for.
  struct Input: Sendable {
    var request: MonitorRequest
    var revision: ContractRevision
    /// Decides every draw.
    var seed: UInt64
    /// The double's own address, e.g. `http://127.0.0.1:8080`.
    var origin: String
    /// What a test gave instead of the provider's result, or to lay over it.
    var stub: Stub.Result?

    /// Names the answer in its links: another depth or device is another page behind them.
    var id: Identifier {
      var hash = StableHash(seed: seed)
      hash.combine(UInt64(request.pages))
      hash.combine(request.device.rawValue)
      return Identifier(hash.value)
    }
  }

  private let template: ResultTemplate
  private let input: Input
  private let facts: TemplateFacts
  private let variables: [[UInt8]]
  private var bindings: [[UInt8]]
  private var counters: [Int64]
  private var iteration: UInt64 = 0

  private init(_ template: ResultTemplate, _ input: Input) {
    self.template = template
    self.input = input
    facts = TemplateFacts(input.request, input.revision)
    variables = Self.texts(input)
    bindings = Array(repeating: [], count: template.bindingCount)
    counters = Array(repeating: 0, count: template.counterCount)
  }

  /// Appends the result.
  static func render(_ template: ResultTemplate, _ input: Input, to output: inout [UInt8]) {
    var renderer = ResultRenderer(template, input)
    renderer.run(0..<template.instructions.count, to: &output)
  }

  /// How many product clusters an answer has, 1…6.
  static func productClusters(seed: UInt64) -> Int {
    Int(SeededRandom.mix(seed ^ 0xC1_05_7E_25) % 6) + 1
  }

  private mutating func run(_ range: Range<Int>, to output: inout [UInt8]) {
    var index = range.lowerBound
    while index < range.upperBound {
      let next = index + 1
      switch template.instructions[index] {
      case .literal(let bytes): output.append(contentsOf: bytes)
      case .separator:
        if output.last != UInt8(ascii: "{"), output.last != UInt8(ascii: "[") {
          output.append(UInt8(ascii: ","))
        }
      case .variable(let variable): output.append(contentsOf: variables[variable.rawValue])
      case .bound(let binding): output.append(contentsOf: bindings[binding])
      case .pick(let options, let draw, let binding):
        let option = options[Int(self.draw(draw) % UInt64(options.count))]
        output.append(contentsOf: option)
        if let binding { bindings[binding] = option }
      case .integer(let range, let draw, let binding):
        write(number(range, draw), places: 0, binding, to: &output)
      case .decimal(let range, let places, let draw, let binding):
        write(number(range, draw), places: places, binding, to: &output)
      case .counter(let counter, let counts):
        if counts { counters[counter] += 1 }
        output.append(decimal: counters[counter])
      case .condition(let condition, let otherwise):
        if !condition.holds(for: facts) {
          index = otherwise
          continue
        }
      case .repetition(let count, let binding, let end):
        let outer = iteration
        for number in 0..<repetitions(count) {
          // Draws within a repetition differ from one round to the next.
          iteration = SeededRandom.mix(outer &* 31 &+ UInt64(number) &+ 1)
          if let binding {
            bindings[binding] = []
            bindings[binding].append(decimal: Int64(number) + 1)
          }
          run(next..<end, to: &output)
        }
        iteration = outer
        index = end
        continue
      }
      index = next
    }
  }

  private func repetitions(_ count: ResultTemplate.Count) -> Int {
    switch count {
    case .fixed(let number): number
    case .pages: input.request.pages
    case .clusters: Self.productClusters(seed: input.seed)
    }
  }

  // MARK: Draws

  /// A number that depends on the place in the template, not on what was drawn before: switching
  /// one part on leaves the others as they are.
  private func draw(_ place: UInt64) -> UInt64 {
    SeededRandom.mix(input.seed ^ iteration &+ place &* 0x9E37_79B9_7F4A_7C15)
  }

  private func number(_ range: ClosedRange<Int64>, _ place: UInt64) -> Int64 {
    range.lowerBound + Int64(draw(place) % UInt64(range.upperBound - range.lowerBound + 1))
  }

  private mutating func write(
    _ number: Int64, places: Int, _ binding: Int?, to output: inout [UInt8]
  ) {
    let start = output.count
    if places == 0 {
      output.append(decimal: number)
    } else {
      let scale = (0..<places).reduce(Int64(1)) { scale, _ in scale * 10 }
      // The sign stands apart: a number such as -0.5 has no negative whole part.
      if number < 0 { output.append(UInt8(ascii: "-")) }
      let magnitude = Int64(clamping: number.magnitude)
      output.append(decimal: magnitude / scale)
      output.append(UInt8(ascii: "."))
      output.append(decimal: magnitude % scale, width: places)
    }
    if let binding { bindings[binding] = Array(output[start...]) }
  }

  // MARK: Variables

  /// What each variable stands for, ready to stand in a JSON string.
  private static func texts(_ input: Input) -> [[UInt8]] {
    let subject = Subject.text(of: input.request.question)
    return ResultTemplate.Variable.allCases.map { variable in
      var text: [UInt8] = []
      switch variable {
      case .question: JSON.writeContent(of: input.request.question, to: &text)
      case .subject: JSON.writeContent(of: subject, to: &text)
      case .slug: text.append(contentsOf: Subject.slug(of: subject).utf8)
      case .country: JSON.writeContent(of: input.request.country, to: &text)
      case .origin: JSON.writeContent(of: input.origin, to: &text)
      case .id: text.append(contentsOf: input.id.text.utf8)
      }
      return text
    }
  }
}
