/// Elements with small numbers. Growing never moves existing elements, so an insertion takes the
/// same time regardless of their number. A pure value.
struct SlotStore<Element: Sendable>: Sendable {
  private static var chunkSize: Int { 512 }

  private var chunks: [[Element?]] = []
  private var free: [Int] = []
  private(set) var count = 0

  /// Stores an element.
  ///
  /// - Returns: Its number; the numbers of removed elements are reused.
  mutating func insert(_ element: Element) -> Int {
    count += 1
    if let number = free.popLast() {
      self[number] = element
      return number
    }
    if chunks.last.map({ $0.count == Self.chunkSize }) ?? true {
      var chunk: [Element?] = []
      // The first one grows by and by, because most organizations have few tasks.
      if !chunks.isEmpty { chunk.reserveCapacity(Self.chunkSize) }
      chunks.append(chunk)
    }
    chunks[chunks.count - 1].append(element)
    return (chunks.count - 1) * Self.chunkSize + chunks[chunks.count - 1].count - 1
  }

  /// Takes an element out.
  @discardableResult
  mutating func remove(_ number: Int) -> Element? {
    let element = chunks[number / Self.chunkSize][number % Self.chunkSize].take()
    count -= 1
    if count == 0 {
      chunks = []
      free = []
    } else {
      free.append(number)
    }
    return element
  }

  subscript(number: Int) -> Element? {
    get { chunks[number / Self.chunkSize][number % Self.chunkSize] }
    set { chunks[number / Self.chunkSize][number % Self.chunkSize] = newValue }
  }

  /// Looks at an element, which must be there, without copying it.
  func read<Result>(_ number: Int, _ body: (Element) -> Result) -> Result {
    body(chunks[number / Self.chunkSize][number % Self.chunkSize]!)
  }

  /// Changes an element, which must be there, in place.
  mutating func change<Result>(_ number: Int, _ body: (inout Element) -> Result) -> Result {
    body(&chunks[number / Self.chunkSize][number % Self.chunkSize]!)
  }

  /// The elements' numbers.
  var numbers: [Int] {
    chunks.indices.flatMap { chunk in
      chunks[chunk].indices.compactMap { index in
        chunks[chunk][index] == nil ? nil : chunk * Self.chunkSize + index
      }
    }
  }

  /// Changes every element in place.
  mutating func updateAll(_ change: (inout Element) -> Void) {
    for chunk in chunks.indices {
      for index in chunks[chunk].indices where chunks[chunk][index] != nil {
        change(&chunks[chunk][index]!)
      }
    }
  }

  /// All elements, in no particular order.
  var all: [Element] { chunks.flatMap { $0.compactMap { $0 } } }
}
