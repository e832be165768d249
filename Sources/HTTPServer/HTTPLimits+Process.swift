import Platform

extension HTTPLimits {
  /// How many descriptors are reserved for the rest of the process: webhooks, files.
  private static let reservedDescriptors = 64

  /// Lowers the limits to what the process may use: descriptors (`ulimit -n`, as far as it can be
  /// raised) and address space (`ulimit -v`).
  ///
  /// 64 descriptors, or half of them when there are fewer than 128, stay reserved for the rest of
  /// the process. Connections may hold a quarter of the address space, because a body that grows is
  /// copied, and what is parsed from it takes memory of its own.
  package mutating func fitProcess() {
    let descriptors = System.raiseDescriptorLimit()
    connections = min(connections, descriptors - min(Self.reservedDescriptors, descriptors / 2))
    if let memory = System.memoryLimit { heldBytes = min(heldBytes, memory / 4) }
  }
}
