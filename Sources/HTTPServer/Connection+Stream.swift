import Platform

// A response that is sent piece by piece.

extension Connection {
  /// Whether a piece of this stream waits for the client to take it.
  func isBlocked(_ stream: ResponseStream) -> Bool {
    self.stream === stream && outgoing != nil
  }

  /// Does what a stream's caller asked for.
  func carryOut(_ step: ResponseStream.Step, of stream: ResponseStream) {
    if case .begin(let head, let isEndless, let completion) = step {
      return begin(stream, with: head, isEndless: isEndless, completion: completion)
    }
    // When the next action ends the stream, the state has left the stream already while the
    // connection still has it.
    guard self.stream === stream, state.isStreaming else {
      return step.settle(stream.lateDelivery)
    }
    switch step {
    case .begin: break
    case .piece(let bytes, let completion): send(bytes, completion: completion)
    case .finish(let last, let completion, let observer):
      self.stream = nil
      stream.finished()
      observe(by: observer)
      state.streamFinished(now: System.monotonicNanoseconds())
      endBody(with: last, completion: completion)
    case .abandon(let resets, let completion):
      self.stream = nil
      stream.finished()
      carryOut(resets ? .reset : .close)
      completion(.failed)
    }
  }

  private func begin(
    _ stream: ResponseStream, with head: HTTPResponse, isEndless: Bool,
    completion: @escaping Completion
  ) {
    guard stream.number == number, !isAnswered, !isClosed else {
      stream.end(.failed)
      return completion(.failed)
    }
    isAnswered = true
    let now = System.monotonicNanoseconds()
    let closes = state.streamStarted(
      closes: !current.keepsAlive || framing == .untilClose, isEndless: isEndless)
    let isWhole = current.isHead
    if isWhole { state.streamFinished(now: now) } else { state.pieceStarted(now: now) }
    // This comes before the shared buffer is filled: the observer may answer another request of
    // this loop, which uses the same buffer.
    if isWhole {
      stream.end(.sent)
    } else {
      self.stream = stream
      if isPeerGone { stream.tellGone() }
    }
    group.output.removeAll(keepingCapacity: group.output.capacity <= ConnectionGroup.keptOutput)
    head.writeHead(
      to: &group.output, date: group.date(), framing: framing, closes: closes,
      minorVersion: current.minorVersion)
    if !isWhole { framing.append(piece: head.body, to: &group.output) }
    transmit(isWhole ? .response : .piece, completion: completion)
  }

  private func send(_ piece: [UInt8], completion: @escaping Completion) {
    state.pieceStarted(now: System.monotonicNanoseconds())
    group.output.removeAll(keepingCapacity: group.output.capacity <= ConnectionGroup.keptOutput)
    framing.append(piece: piece, to: &group.output)
    transmit(.piece, completion: completion)
  }

  /// Ends the stream although its caller hasn't finished it.
  func endStream() {
    let ended = stream
    stream = nil
    ended?.end(.failed)
    endBody(with: [], completion: nil)
  }

  private func endBody(with last: [UInt8], completion: Completion?) {
    if last.count <= Self.certainWrite { tellLastByte() }
    group.output.removeAll(keepingCapacity: group.output.capacity <= ConnectionGroup.keptOutput)
    framing.append(piece: last, to: &group.output)
    framing.appendEnd(to: &group.output)
    transmit(.response, completion: completion)
  }

  private var framing: BodyFraming { current.minorVersion == 0 ? .untilClose : .chunked }
}
