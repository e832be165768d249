import Bytes
import CloroContract
import HTTPServer
import JSON
import Simulation

/// Renders a result from its template. A pure function: the same input gives the same result.
///
/// Not copyable, so that rendering never copies its buffers.
struct ResultRenderer: ~Copyable {
  /// The values for a template's expressions. A class, because journal, pages and tasks share it.
  final class Input: Sendable {
    let question: Question
    let revision: ContractRevision
    let style: AnswerStyle
    /// The seed of every draw.
    let seed: UInt64
    /// The number from which the identifier in the answer's links is derived: each answer's own.
    let link: UInt64
    /// The double's own address, e.g. `http://127.0.0.1:8080`.
    let origin: String
    /// A stub's result, which replaces the provider's or is merged into it.
    let stub: Stub.Result?

    init(
      question: Question, revision: ContractRevision, style: AnswerStyle = AnswerStyle(),
      seed: UInt64, link: UInt64, origin: String, stub: Stub.Result? = nil
    ) {
      self.question = question
      self.revision = revision
      self.style = style
      self.seed = seed
      self.link = link
      self.origin = origin
      self.stub = stub
    }

    var request: MonitorRequest { question.request }

    /// Whether its brands are given by a stub.
    var marksBrands: Bool { if case .branded? = stub { true } else { false } }

    /// Whether it leads to the same answer as another, but for the links.
    func isEqual(butForLinksTo other: Input) -> Bool {
      seed == other.seed && revision == other.revision && style == other.style
        && (question === other.question || request == other.request)
        && origin == other.origin && stub == other.stub
    }

    /// Identifies the answer in its links. Not derived from the number itself, as the request's
    /// identifier is.
    var id: Identifier { Identifier(SeededRandom.mix(link ^ 0x11_4B_1D_E5)) }

    /// What an answer is found by among those that are kept.
    var number: UInt64 {
      var hash = StableHash(seed: seed)
      hash.combine(UInt64(request.pages))
      hash.combine(request.device.rawValue)
      return hash.value
    }
  }

  private let input: Input
  private let steps: UnsafeBufferPointer<ResultProgram.Step>
  private let draws: UnsafeBufferPointer<ResultProgram.Draw>
  /// The texts of the steps.
  private let text: UnsafePointer<UInt8>
  private let optionText: UnsafePointer<UInt8>
  private let options: UnsafeBufferPointer<ResultTemplate.Piece>
  /// The program, for what only some answers need.
  private let program: ResultProgram
  private var output: ByteOutput
  /// The texts of variables and bindings, one after the other.
  private var values: ByteOutput
  /// Those of the question, once a name needs them.
  private var questionWords: QuestionWords?
  /// Whether brands are written as marks, in whose place given ones come.
  private let marksBrands: Bool
  /// Where the identifier of the links stands in the output.
  private var links: [Int] = []
  /// The place in `values` of the text of each binding and behind them of each variable; empty
  /// until it is needed.
  private let places: UnsafeMutableBufferPointer<Range<Int>>
  private let counters: UnsafeMutableBufferPointer<Int64>
  private let seed: UInt64
  private var iteration: UInt64 = 0

  /// Appends the result.
  ///
  /// - Parameters:
  ///   - program: That of requests such as the input's.
  ///   - capacity: About how many bytes it will have, at least 1: a larger one is copied once more.
  ///   - output: What it is appended to.
  /// - Returns: Where the identifier of its links stands in the output, which is 36 bytes long.
  static func render(
    _ program: ResultProgram, _ input: Input, capacity: Int = 4096, to output: inout [UInt8]
  ) -> [Int] {
    let start = output.count
    var links: [Int] = []
    var larger: [UInt8] = []
    output.append(addingCapacity: capacity) { space in
      space.withUnsafeMutableBufferPointer { memory, count in
        with(program, input, memory) { renderer in
          renderer.run(program.result)
          links = renderer.links.map { $0 + start }
          if renderer.output.hasMoved {
            larger = Array(renderer.output.bytes)
          } else {
            count = renderer.output.count
          }
        }
      }
    }
    output += larger
    return links
  }

  /// Calls a function with a renderer, for which the memory is arranged.
  private static func with(
    _ program: ResultProgram, _ input: Input, _ memory: UnsafeMutableBufferPointer<UInt8>,
    _ body: (inout ResultRenderer) -> Void
  ) {
    let template = program.template
    let placeCount = template.bindingCount + ResultTemplate.Variable.allCases.count
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1024) { values in
      withUnsafeTemporaryAllocation(of: Range<Int>.self, capacity: placeCount) { places in
        withUnsafeTemporaryAllocation(of: Int64.self, capacity: template.counterCount) { counters in
          places.initialize(repeating: 0..<0)
          counters.initialize(repeating: 0)
          program.steps.withUnsafeBufferPointer { steps in
            program.draws.withUnsafeBufferPointer { draws in
              program.paddedText.withUnsafeBufferPointer { text in
                template.text.withUnsafeBufferPointer { optionText in
                  template.options.withUnsafeBufferPointer { options in
                    // Neither text is empty: there is always a block behind it.
                    var renderer = ResultRenderer(
                      input: input, steps: steps, draws: draws, text: text.baseAddress!,
                      optionText: optionText.baseAddress!, options: options, program: program,
                      output: ByteOutput(in: memory), values: ByteOutput(in: values),
                      marksBrands: input.marksBrands, places: places, counters: counters,
                      seed: input.seed)
                    body(&renderer)
                  }
                }
              }
            }
          }
        }
      }
    }
  }

  /// How many product clusters an answer has, 1…6.
  static func productClusters(seed: UInt64) -> Int {
    Int(SeededRandom.mix(seed ^ 0xC1_05_7E_25) % 6) + 1
  }

  private mutating func run(_ range: Range<Int>) {
    var index = range.lowerBound
    while index < range.upperBound {
      let step = steps[index]
      index &+= 1
      output.reserve(Int(step.count))
      output.appendReserved(text + Int(step.start), count: Int(step.count))
      switch step.action {
      case .none: break
      case .separator:
        if let last = output.last, !ByteOutput.opens(last) { output.append(UInt8(ascii: ",")) }
      case .variable(let variable):
        if variable == .id { links.append(output.count) }
        output.append(values, place(of: variable))
      case .bound(let binding):
        let binding = Int(binding)
        if places[binding].isEmpty { define(binding) }
        output.append(values, places[binding])
      case .pick(let draw): pick(draws[Int(draw)])
      case .name(let draw): pickName(draws[Int(draw)])
      case .integer(let draw): writeInteger(draws[Int(draw)])
      case .decimal(let draw): writeDecimal(draws[Int(draw)])
      case .counted(let counter): output.append(decimal: counters[Int(counter)])
      case .next(let counter):
        // In two steps: Swift 6.3.1 makes an invalid module of `+=` here for the thread sanitizer.
        let value = counters[Int(counter)] + 1
        counters[Int(counter)] = value
        output.append(decimal: value)
      case .chance(let chance, let otherwise):
        if !isThere(program.chances[Int(chance)]) { index = Int(otherwise) }
      case .repetition(let repetition, let end):
        repeatSteps(index..<Int(end), program.repetitions[Int(repetition)])
        index = Int(end)
      }
    }
  }

  private mutating func repeatSteps(
    _ range: Range<Int>, _ repetition: ResultProgram.Repetition
  ) {
    let outer = iteration
    for number in 0..<repetitions(repetition.count) {
      // Draws within a repetition differ between rounds.
      iteration = SeededRandom.mix(outer &* 31 &+ UInt64(number) &+ 1)
      if let binding = repetition.binding {
        places[binding] = keep { $0.append(decimal: Int64(number) + 1) }
      }
      run(range)
    }
    iteration = outer
  }

  private func repetitions(_ count: ResultTemplate.Count) -> Int {
    switch count {
    case .fixed(let number): number
    case .pages: input.request.pages
    case .clusters: Self.productClusters(seed: input.seed)
    }
  }

  // MARK: Draws

  /// A number that depends on the place in the template and not on earlier draws, so that including
  /// one part leaves the other parts unchanged.
  ///
  /// - Parameter place: The place in the template, scattered.
  @inline(__always)
  private func draw(_ place: UInt64) -> UInt64 { SeededRandom.mix(seed ^ iteration &+ place) }

  /// One of the options or numbers of a draw.
  @inline(__always)
  private func number(_ draw: ResultProgram.Draw) -> Int64 {
    draw.first &+ Int64(bitPattern: self.draw(draw.place) % draw.count)
  }

  /// Whether something that isn't always there is there in this answer.
  private func isThere(_ frequency: TemplateCondition.Frequency) -> Bool {
    (draw(SeededRandom.scatter(frequency.draw)) % 100 < frequency.percent) != frequency.isNegated
  }

  /// Draws what `$let` says of a binding: the same wherever it is first needed.
  private mutating func define(_ binding: Int) {
    guard let definition = program.definitions[binding] else { return }
    let (round, written) = (iteration, output.count)
    iteration = 0
    run(definition..<definition + 1)
    output.shorten(to: written)
    iteration = round
  }

  @inline(__always)
  private mutating func pick(_ draw: ResultProgram.Draw) {
    write(option: Int(number(draw)), draw.binding)
  }

  /// Writes the drawn option, or the next one after it that has no word of the question.
  @inline(__always)
  private mutating func pickName(_ draw: ResultProgram.Draw) {
    let drawn = number(draw)
    var option = drawn
    while isAsked(Int(option)) {
      option += 1
      if option == draw.first + Int64(draw.count) { option = draw.first }
      if option == drawn { break }
    }
    write(option: Int(option), draw.binding)
  }

  /// Whether a name has a word of the question.
  private mutating func isAsked(_ option: Int) -> Bool {
    if questionWords == nil { questionWords = QuestionWords(input.request.question) }
    for place in program.template.optionWords[option] {
      if questionWords!.contains(program.template.words[place]) { return true }
    }
    return false
  }

  @inline(__always)
  private mutating func write(option index: Int, _ binding: Int?) {
    guard let binding else { return Self.append(optionText, options[index], to: &output) }
    if marksBrands, let rank = program.template.brands.firstIndex(of: binding) {
      let mark = BrandMark.name(rank + 1)
      places[binding] = keep { $0.append(mark) }
    } else {
      let start = values.count
      Self.append(optionText, options[index], to: &values)
      places[binding] = start..<values.count
    }
    output.append(values, places[binding])
  }

  @inline(__always)
  private static func append(
    _ text: UnsafePointer<UInt8>, _ piece: ResultTemplate.Piece, to output: inout ByteOutput
  ) {
    output.reserve(piece.count)
    output.appendReserved(text + piece.lowerBound, count: piece.count)
  }

  private mutating func writeInteger(_ draw: ResultProgram.Draw) {
    let start = output.count
    output.append(decimal: number(draw))
    keepWritten(from: start, draw.binding)
  }

  private mutating func writeDecimal(_ draw: ResultProgram.Draw) {
    let start = output.count
    let number = number(draw)
    // The sign is written separately, because the whole part of a number such as -0.5 is 0, which
    // has no sign.
    if number < 0 { output.append(UInt8(ascii: "-")) }
    let (whole, rest) = Int64(clamping: number.magnitude).quotientAndRemainder(
      dividingBy: draw.scale)
    output.append(decimal: whole)
    // As JavaScript writes numbers: no zeros at the end, and no point before nothing.
    if rest != 0 { output.append(fraction: rest, of: draw.scale) }
    keepWritten(from: start, draw.binding)
  }

  /// Keeps what was written last as the text of a binding.
  @inline(__always)
  private mutating func keepWritten(from start: Int, _ binding: Int?) {
    guard let binding else { return }
    let kept = values.count
    values.append(output, start..<output.count)
    places[binding] = kept..<values.count
  }

  // MARK: Values

  /// Stores what `body` appends, for later use.
  private mutating func keep(_ body: (inout ByteOutput) -> Void) -> Range<Int> {
    let start = values.count
    body(&values)
    return start..<values.count
  }

  /// The place of a variable's text, escaped for a JSON string.
  private mutating func place(of variable: ResultTemplate.Variable) -> Range<Int> {
    let number = program.template.bindingCount + variable.rawValue
    if places[number].isEmpty {
      places[number] = keep { [input] values in
        switch variable {
        case .question: values.append(json: input.request.question)
        case .country: values.append(json: input.request.country)
        case .origin: values.append(json: input.origin)
        case .id: values.append(input.id.text)
        case .conversation: values.append(Identifier(input.number).text)
        }
      }
    }
    return places[number]
  }
}
