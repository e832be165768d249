extension MockServer {
  /// Keeps the whole state in memory under a name, in place of an earlier one of that name
  /// (`POST /_mock/snapshots/{name}`).
  ///
  /// - Parameters:
  ///   - name: Any name.
  ///   - key: Keeps only the state of that key's organization. The default is nil.
  /// - Throws: ``ControlRefusal`` 404 when there is no such key.
  public func snapshot(_ name: String, key: String? = nil) async throws(ControlRefusal) {
    try await perform { control throws(ControlError) in
      _ = try control.state.save(name, of: control.keys.narrowed(to: key))
    }
  }

  /// Goes back to a snapshot (`POST /_mock/snapshots/{name}/restore`).
  ///
  /// - Parameters:
  ///   - name: The snapshot's name.
  ///   - key: Takes only that key's organization back. The default is nil.
  /// - Throws: ``ControlRefusal`` 404 when there is no such snapshot or key.
  public func restore(_ name: String, key: String? = nil) async throws(ControlRefusal) {
    try await perform { control throws(ControlError) in
      _ = try control.state.restore(name, of: key)
    }
  }
}
