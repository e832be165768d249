import Platform

/// A host and port to which requests go.
struct Destination: Hashable, Sendable {
  let host: String
  let port: Int
}

/// A connection of the process's own requests. One user after the other has it.
///
/// `@unchecked Sendable`: touched on its loop alone.
final class ClientConnection: ReadinessHandler, @unchecked Sendable {
  /// The most requests that a connection carries.
  static let mostRequests = 100
  /// How long after its beginning a connection may be given another request, in nanoseconds. Short,
  /// because a receiver that serves one connection at a time lets all others wait meanwhile.
  static let longestUse: Int64 = 100_000_000

  let descriptor: Int32
  private let loop: any EventLoop
  private let began = System.monotonicNanoseconds()
  private var requests = 1
  private var isClosed = false
  /// What the loop watches it for: until it is connected, for that.
  private var interest: Interest = [.write]
  /// Who is told what becomes of it.
  var user: (any ReadinessHandler)?

  init(_ descriptor: Int32, on loop: any EventLoop, for user: any ReadinessHandler) {
    self.descriptor = descriptor
    self.loop = loop
    self.user = user
  }

  /// Lets the loop watch it.
  func register() throws(SystemError) {
    try loop.register(descriptor, interest: interest, handler: self)
  }

  /// Changes what the loop watches it for.
  func watch(for interest: Interest) {
    guard interest != self.interest else { return }
    self.interest = interest
    loop.update(descriptor, interest: interest)
  }

  /// Whether it may carry one more request.
  var mayGoOn: Bool {
    requests < Self.mostRequests && System.monotonicNanoseconds() - began < Self.longestUse
  }

  /// Whether nothing has arrived that nobody has read, its end included.
  var isSilent: Bool {
    withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { byte in
      if case .wouldBlock = System.receive(descriptor, into: byte) { true } else { false }
    }
  }

  func countRequest() { requests += 1 }

  func ready(_ readiness: Readiness) { user?.ready(readiness) }

  func close() {
    guard !isClosed else { return }
    isClosed = true
    user = nil
    loop.close(descriptor)
  }
}

/// The connections whose answers are complete, for as long as it takes to see whether another
/// request goes to the same place: until the jobs have run that were given to the loop before.
///
/// No idle connection is kept. A receiver that serves one connection at a time would serve no other
/// one meanwhile.
///
/// `@unchecked Sendable`: touched on the client's loop alone.
final class KeptConnections: @unchecked Sendable {
  private var kept: [Destination: [ClientConnection]] = [:]

  /// Keeps a connection. The caller must then have the loop run ``giveUp(_:to:)``.
  func keep(_ connection: ClientConnection, to place: Destination) {
    // Whoever takes it looks whether it has ended.
    connection.user = nil
    kept[place, default: []].append(connection)
  }

  /// Takes a connection on which nothing has arrived since its answer.
  func take(to place: Destination) -> ClientConnection? {
    // The first one, because that is given up first.
    while let connection = takeFirst(to: place) {
      connection.countRequest()
      if connection.isSilent { return connection }
      connection.close()
    }
    return nil
  }

  private func takeFirst(to place: Destination) -> ClientConnection? {
    kept[place].flatMap { $0.isEmpty ? nil : kept[place]!.removeFirst() }
  }

  /// Closes a connection unless it was taken.
  func giveUp(_ connection: ClientConnection, to place: Destination) {
    guard let index = kept[place]?.firstIndex(where: { $0 === connection }) else { return }
    kept[place]!.remove(at: index)
    if kept[place]!.isEmpty { kept[place] = nil }
    connection.close()
  }

  func closeAll() {
    for connection in kept.values.joined() { connection.close() }
    kept = [:]
  }
}
