import JSON

/// Compiles a result template from its JSON form.
struct ResultTemplateCompiler {
  /// Why a template can't be compiled.
  struct Malformed: Error, CustomStringConvertible {
    let description: String
  }

  /// Whether a container has members already, which decides about the comma before the next one.
  private enum Fill {
    case empty
    case unknown
    case filled
  }

  private var template = ResultTemplate()
  private var bindings: [String: Int] = [:]
  private var counters: [String: Int] = [:]
  private var draws: UInt64 = 0
  /// The instruction that `$let` gives a binding.
  private var definitions: [Int: Int] = [:]
  /// The draws of frequencies that have a name.
  private var frequencies: [String: UInt64] = [:]
  /// The first instruction to which text may still be appended; earlier ones are jump targets,
  /// which must not move.
  private var joinable = 0

  static func compile(_ json: JSON) throws(Malformed) -> ResultTemplate {
    var compiler = ResultTemplateCompiler()
    if let definitions = json["$let"] { try compiler.define(definitions) }
    try compiler.value(json)
    compiler.template.text += ByteOutput.padding
    compiler.template.brands = ["brand1", "brand2"].map { compiler.bindings[$0] }
    compiler.template.bindingCount = compiler.bindings.count
    compiler.template.definitions = (0..<compiler.bindings.count).map { compiler.definitions[$0] }
    compiler.template.counterCount = compiler.counters.count
    return compiler.template
  }

  /// Compiles the texts of `$let`, each an expression that gives something a name.
  private mutating func define(_ texts: JSON) throws(Malformed) {
    guard let texts = texts.array else { throw Malformed(description: "$let is no array") }
    emit(.definitions(end: 0))
    for text in texts {
      guard let text = text.string, text.hasPrefix("{{"), text.hasSuffix("}}") else {
        throw Malformed(description: "$let has something else than expressions")
      }
      try expression(text.dropFirst(2).dropLast(2))
      switch template.instructions[position - 1] {
      case .expression(.pick(_, _, let binding?)), .expression(.name(_, _, let binding?)),
        .expression(.integer(_, _, let binding?)), .expression(.decimal(_, _, _, let binding?)):
        definitions[binding] = position - 1
      default: throw Malformed(description: "\"\(text)\" names nothing")
      }
    }
    template.instructions[0] = .definitions(end: position)
    joinable = position
  }

  // MARK: Output

  private var position: Int { template.instructions.count }

  private mutating func emit(_ instruction: ResultTemplate.Instruction) {
    template.instructions.append(instruction)
  }

  private mutating func emit(_ expression: ResultTemplate.Expression) {
    emit(.expression(expression))
  }

  private mutating func emit(text: some Sequence<UInt8>) {
    let piece = store(text)
    if position > joinable, case .literal(let before) = template.instructions[position - 1],
      before.upperBound == piece.lowerBound
    {
      template.instructions[position - 1] = .literal(before.lowerBound..<piece.upperBound)
    } else {
      emit(.literal(piece))
    }
  }

  private mutating func store(_ text: some Sequence<UInt8>) -> ResultTemplate.Piece {
    let start = template.text.count
    template.text.append(contentsOf: text)
    return start..<template.text.count
  }

  private mutating func separate(_ fill: Fill) {
    switch fill {
    case .empty: break
    case .unknown: emit(.separator)
    case .filled: emit(text: ",".utf8)
    }
  }

  /// Compiles `body` so that it only runs under a condition.
  private mutating func conditionally(
    _ text: some StringProtocol, _ body: (inout Self) throws(Malformed) -> Void
  ) throws(Malformed) {
    let condition = TemplateCondition(text) { name in
      if let draw = frequencies[name] { return draw }
      draws += 1
      if !name.isEmpty { frequencies[name] = draws }
      return draws
    }
    guard let condition else {
      throw Malformed(description: "unknown condition \"\(text)\"")
    }
    template.facts.formUnion(condition.required.union(condition.forbidden))
    let start = position
    emit(.condition(condition, otherwise: 0))
    joinable = position
    try body(&self)
    template.instructions[start] = .condition(condition, otherwise: position)
    joinable = position
  }

  // MARK: Values

  private mutating func value(_ json: JSON) throws(Malformed) {
    switch json {
    case .string(let text): try string(text)
    case .array(let elements):
      emit(text: "[".utf8)
      var fill = Fill.empty
      try self.elements(elements, &fill)
      emit(text: "]".utf8)
    case .object(let object):
      emit(text: "{".utf8)
      try members(object)
      emit(text: "}".utf8)
    default: emit(text: json.encoded)
    }
  }

  private mutating func members(_ object: JSONObject) throws(Malformed) {
    var fill = Fill.empty
    for member in object.members where member.name != "$if" && member.name != "$let" {
      let parts = member.name.split(
        separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
      let before = fill
      let write = { (compiler: inout Self) throws(Malformed) in
        compiler.separate(before)
        var name: [UInt8] = []
        JSON.write(String(parts[0]), to: &name)
        compiler.emit(text: name + ":".utf8)
        try compiler.value(member.value)
      }
      if parts.count == 2 {
        try conditionally(parts[1], write)
        if fill == .empty { fill = .unknown }
      } else {
        try write(&self)
        fill = .filled
      }
    }
  }

  private mutating func elements(_ elements: [JSON], _ fill: inout Fill) throws(Malformed) {
    for element in elements {
      if let condition = element["$if"] {
        guard let text = condition.string else { throw Malformed(description: "$if is no text") }
        var inner = fill
        try conditionally(text) { (compiler) throws(Malformed) in
          try compiler.element(element, &inner)
        }
        if fill == .empty { fill = .unknown }
      } else {
        try self.element(element, &fill)
      }
    }
  }

  private mutating func element(_ element: JSON, _ fill: inout Fill) throws(Malformed) {
    guard let count = element["$repeat"] else {
      separate(fill)
      fill = .filled
      return try value(element)
    }
    let repetitions: ResultTemplate.Count
    switch count {
    case "pages": repetitions = .pages
    case "clusters": repetitions = .clusters
    case .integer(let number) where 0...1000 ~= number: repetitions = .fixed(Int(number))
    default: throw Malformed(description: "$repeat is neither pages, clusters nor a number")
    }
    let binding = element["$as"]?.string.map { bind($0) }
    let start = position
    emit(.repetition(repetitions, binding: binding, end: 0))
    joinable = position
    var inner = Fill.unknown
    guard let content = element["$of"] else {
      throw Malformed(description: "$repeat without $of")
    }
    try elements(content.array ?? [content], &inner)
    template.instructions[start] = .repetition(repetitions, binding: binding, end: position)
    joinable = position
    fill = .unknown
  }

  // MARK: Strings

  private mutating func string(_ text: String) throws(Malformed) {
    if text.hasPrefix("{{="), text.hasSuffix("}}"), !text.dropFirst(3).contains("{") {
      return try expression(text.dropFirst(3).dropLast(2))
    }
    emit(text: "\"".utf8)
    var rest = text[...]
    while let open = Self.range(of: "{{", in: rest) {
      content(rest[..<open.lowerBound])
      guard let close = Self.range(of: "}}", in: rest[open.upperBound...]) else {
        throw Malformed(description: "an expression has no end in \"\(text)\"")
      }
      try expression(rest[open.upperBound..<close.lowerBound])
      rest = rest[close.upperBound...]
    }
    content(rest)
    emit(text: "\"".utf8)
  }

  private static func range(of marker: String, in text: Substring) -> Range<Substring.Index>? {
    var index = text.startIndex
    while index < text.endIndex {
      if text[index...].hasPrefix(marker) {
        return index..<text.index(index, offsetBy: marker.count)
      }
      index = text.index(after: index)
    }
    return nil
  }

  private mutating func content(_ text: Substring) {
    guard !text.isEmpty else { return }
    emit(text: Self.escaped(text))
  }

  private static func escaped(_ text: some StringProtocol) -> [UInt8] {
    var bytes: [UInt8] = []
    JSON.writeContent(of: String(text), to: &bytes)
    return bytes
  }

  // MARK: Placeholders

  private mutating func bind(_ name: String) -> Int {
    if let index = bindings[name] { return index }
    bindings[name] = bindings.count
    return bindings.count - 1
  }

  private mutating func draw() -> UInt64 {
    draws += 1
    return draws
  }

  private mutating func expression(_ body: Substring) throws(Malformed) {
    if body.hasPrefix("#") {
      let reads = body.hasSuffix("@")
      let name = String(body.dropFirst().dropLast(reads ? 1 : 0))
      let index = counters[name] ?? counters.count
      counters[name] = index
      return emit(.counter(index, counts: !reads))
    }
    let words = body.split(separator: " ", maxSplits: 1)
    guard words.count == 2 else {
      if let index = bindings[String(body)] { return emit(.bound(index)) }
      guard let variable = ResultTemplate.Variable(name: body) else {
        throw Malformed(description: "unknown expression \"\(body)\"")
      }
      return emit(.variable(variable))
    }
    let parts = words[1].split(separator: ": ", maxSplits: 1)
    let binding = parts.count == 2 ? bind(String(parts[0])) : nil
    let argument = parts[parts.count - 1]
    switch words[0] {
    case "pick", "name":
      let options = argument.split(separator: "|")
      guard !options.isEmpty else { throw Malformed(description: "nothing to pick in \"\(body)\"") }
      let first = template.options.count
      let isName = words[0] == "name"
      for option in options {
        template.options.append(store(Self.escaped(option)))
        let first = template.words.count
        if isName { template.words += QuestionWords.hashes(of: String(option)) }
        template.optionWords.append(first..<template.words.count)
      }
      let choices = first..<template.options.count
      emit(
        isName
          ? .name(choices, draw: draw(), binding: binding)
          : .pick(choices, draw: draw(), binding: binding))
    case "int", "decimal":
      try number(argument, isDecimal: words[0] == "decimal", binding: binding)
    default: throw Malformed(description: "unknown expression \"\(body)\"")
    }
  }

  private mutating func number(
    _ argument: Substring, isDecimal: Bool, binding: Int?
  ) throws(Malformed) {
    let bounds = argument.split(separator: "..", omittingEmptySubsequences: false).map {
      $0.split(separator: ".", omittingEmptySubsequences: false)
    }
    let places = isDecimal ? bounds[0].last!.utf8.count : 0
    let numbers = bounds.compactMap { Int64($0.joined()) }
    let isRegular = bounds.allSatisfy { parts in
      isDecimal
        ? parts.count == 2 && !parts[0].isEmpty && parts[1].utf8.count == places && places <= 9
        : parts.count == 1
    }
    guard isRegular, bounds.count == 2, numbers.count == 2, numbers[0] <= numbers[1],
      case (let width, false) = numbers[1].subtractingReportingOverflow(numbers[0]), width < .max
    else {
      throw Malformed(description: "\"\(argument)\" is no range")
    }
    let range = numbers[0]...numbers[1]
    emit(
      isDecimal
        ? .decimal(range, places: places, draw: draw(), binding: binding)
        : .integer(range, draw: draw(), binding: binding))
  }
}
