import Platform

extension HTTPLimits {
  /// How many descriptors connections leave to the rest of the process: webhooks, files.
  private static let reservedDescriptors = 64

  /// Lowers the bounds to what the process may have: descriptors (`ulimit -n`, as far as it can be
  /// raised) and address space (`ulimit -v`).
  ///
  /// Connections leave 64 descriptors, or half of fewer than 128, to the rest of the process. A
  /// quarter of the address space is what connections may hold: bodies are moved as they grow, and
  /// what is made of them takes its own.
  package mutating func fitProcess() {
    let descriptors = System.raiseDescriptorLimit()
    connections = min(connections, descriptors - min(Self.reservedDescriptors, descriptors / 2))
    if let memory = System.memoryLimit { heldBytes = min(heldBytes, memory / 4) }
  }
}
