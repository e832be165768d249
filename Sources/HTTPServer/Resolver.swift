import Platform
import Synchronization

/// Looks up names on a few threads of its own, because the system's lookup blocks for as long as
/// the network does.
///
/// The first thread is made at the start, the others when all before them are at work; without
/// room for another, names wait for those that there are. Each name is looked up by one thread at a
/// time, however many ask, so a name server that doesn't answer for one name leaves the other
/// threads free. Numeric addresses and `localhost` need none.
final class Resolver: Sendable {
  typealias Outcome = Result<[SocketAddress], SystemError>

  /// Somebody who waits for a name.
  private struct Question {
    let began: @Sendable () -> Void
    let completion: @Sendable (Outcome) -> Void
  }

  /// A name with its port.
  private struct Name: Hashable {
    let host: String
    let port: Int
  }

  private struct State {
    /// The threads that have nothing to do.
    var idle: [SerialQueue]
    /// Those that haven't been needed yet.
    var unmade: [SerialQueue]
    /// The names that wait for a thread, in order.
    var waiting: [Name] = []
    /// Whoever asks for a name, until it is known.
    var questions: [Name: [Question]] = [:]
    /// The names that are being looked up.
    var begun: Set<Name> = []

    /// A thread with nothing to do, which is made if there is none and the system has room for it.
    mutating func takeThread() -> SerialQueue? {
      if let thread = idle.popLast() { return thread }
      guard let thread = unmade.last, (try? thread.start()) != nil else { return nil }
      return unmade.removeLast()
    }
  }

  /// How many threads look up names at most.
  private static let threads = 4

  private let first = SerialQueue()
  private let state: Mutex<State>
  private let lookUp: @Sendable (String, Int) throws(SystemError) -> [SocketAddress]

  /// - Parameter lookUp: Looks up a host and port; may block. The default is the system's lookup.
  init(
    lookUp: @escaping @Sendable (String, Int) throws(SystemError) -> [SocketAddress] = {
      (host, port) throws(SystemError) in
      try SocketAddress.all(of: host, port: port, mayBlock: true)
    }
  ) {
    self.lookUp = lookUp
    state = Mutex(
      State(idle: [first], unmade: (1..<Self.threads).map { _ in SerialQueue() }))
  }

  /// Starts the first thread. Without this call it starts when it is first needed.
  func start() throws(SystemError) { try first.start() }

  /// Finds the addresses of a host.
  ///
  /// - Parameters:
  ///   - began: Called once, when the lookup begins, from any thread.
  ///   - completion: Called once, from any thread, after `began`.
  func resolve(
    _ host: String, port: Int, began: @escaping @Sendable () -> Void,
    completion: @escaping @Sendable (Outcome) -> Void
  ) {
    if let addresses = Self.known(host, port: port) {
      began()
      return completion(.success(addresses))
    }
    let name = Name(host: host, port: port)
    let question = Question(began: began, completion: completion)
    let (hasBegun, thread) = state.withLock { state -> (Bool, SerialQueue?) in
      let isFirst = state.questions[name] == nil
      state.questions[name, default: []].append(question)
      guard isFirst else { return (state.begun.contains(name), nil) }
      guard let thread = state.takeThread() else {
        state.waiting.append(name)
        return (false, nil)
      }
      return (false, thread)
    }
    if hasBegun { began() }
    if let thread { thread.async { self.work(on: thread, name) } }
  }

  /// The addresses that need no lookup. `localhost` is this machine, whatever a name server says.
  /// [RFC 6761, section 6.3]
  private static func known(_ host: String, port: Int) -> [SocketAddress]? {
    let hosts = host.lowercased() == "localhost" ? ["127.0.0.1", "::1"] : [host]
    let addresses = hosts.flatMap { host in
      (try? SocketAddress.all(of: host, port: port, mayBlock: false)) ?? []
    }
    return addresses.isEmpty ? nil : addresses
  }

  /// Looks up a name, and then those that wait.
  private func work(on thread: SerialQueue, _ first: Name) {
    var next: Name? = first
    while let name = next {
      let begun = state.withLock { state in
        state.begun.insert(name)
        return state.questions[name] ?? []
      }
      for question in begun { question.began() }
      let outcome = Outcome { () throws(SystemError) in try lookUp(name.host, name.port) }
      let answered: [Question]
      (answered, next) = state.withLock { state in
        state.begun.remove(name)
        let answered = state.questions.removeValue(forKey: name) ?? []
        guard !state.waiting.isEmpty else {
          state.idle.append(thread)
          return (answered, nil)
        }
        return (answered, state.waiting.removeFirst())
      }
      for question in answered { question.completion(outcome) }
    }
  }
}
