import Platform

/// A free port that the system gives to nobody who asks for any, so that it can be bound later, or
/// again: one that it has given can be another process's as soon as it is closed.
func ownPort() throws -> Int {
  // Below those that Linux and macOS give.
  for _ in 0..<100 {
    let port = Int.random(in: 15_000..<32_000)
    guard let probe = try? System.listen(host: "127.0.0.1", port: port, backlog: 1) else {
      continue
    }
    System.close(probe.descriptor)
    return port
  }
  throw NoPort()
}

private struct NoPort: Error {}
