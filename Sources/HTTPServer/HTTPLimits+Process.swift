import Platform

extension HTTPLimits {
  /// How many descriptors are reserved for the rest of the process: the loops, the ledger's files,
  /// what libraries open. Neither clients' connections nor those to receivers may take them.
  private static let reservedDescriptors = 64

  /// Lowers the limits to what the process may use: descriptors (`ulimit -n`, as far as it can be
  /// raised) and address space (`ulimit -v`).
  ///
  /// 64 descriptors, or half of them when there are fewer than 128, stay reserved for the rest of
  /// the process, a quarter for its own connections, and an eighth for tunnels where it opens some.
  /// Connections may hold a quarter of the address space, because a body that grows is copied, and
  /// what is parsed from it takes memory of its own.
  package mutating func fitProcess(opensTunnels: Bool = false) {
    let descriptors = System.raiseDescriptorLimit()
    outgoing = min(outgoing, max(1, descriptors / 4))
    let reserved = min(Self.reservedDescriptors, descriptors / 2)
    tunnels = opensTunnels ? min(tunnels, max(1, descriptors / 8)) : 0
    connections = min(connections, descriptors - reserved - outgoing - tunnels)
    if let memory = System.memoryLimit { heldBytes = min(heldBytes, memory / 4) }
  }
}
